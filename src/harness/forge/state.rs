//! A client's state. SPEC section 23.
