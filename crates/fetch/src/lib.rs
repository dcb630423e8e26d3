//! An image from a URL, and never from inside the network.
