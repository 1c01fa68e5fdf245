"""What tests share: a clock that can be set, fixed keys and randomness, the database of the run, closed sockets."""
