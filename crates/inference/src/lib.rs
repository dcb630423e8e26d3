//! ONNX Runtime behind one trait, and the pool of workers that runs it.
