"""The page that an operator works at: server-rendered, without any script, in two languages."""
