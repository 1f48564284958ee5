"""Every row of the rule catalogue: broken once, and the finding is the right one."""
