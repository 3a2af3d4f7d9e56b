//! Ports to the platform (database, objects, queues, clock, random, HTTP) and their adapters.
