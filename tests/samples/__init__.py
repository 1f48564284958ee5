"""Messages that no one of this project wrote: eHealth's technical connector 4.0.2 and Apache WSS4J 2.3.1."""
