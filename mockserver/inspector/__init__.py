"""The Inspector: a page on the management port that shows the journal to people.

The page is what stands in `page/`: no build step, nothing from elsewhere. It reads the API that everybody else reads.
"""
