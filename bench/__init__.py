"""What the station costs, measured against peers in the same run; never part of the tests."""
