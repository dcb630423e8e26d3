//! Helpers of the black-box tests: starting the binary, photographs, requests.
