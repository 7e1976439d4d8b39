"""The Evolis family: the escape language of Pebble, Dualys, Zenius, Primacy and their relatives."""
