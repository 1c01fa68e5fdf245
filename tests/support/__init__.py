"""What tests share: clock, keys and randomness that can be set, the database, closed sockets."""
