//! The HTTP surface: wire types, payload rules, the error table; knows no pixel and no SQL.
