"""The eHealth API gateway: judges a message before the back end sees it (cookbook section 4)."""
