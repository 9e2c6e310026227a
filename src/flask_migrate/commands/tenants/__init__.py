"""The same command in many tenants, and making and dropping one."""
