"""The Magicard family: Tango, Enduro, Alto and their relatives."""
