//! Dense row numbers as types, so that a function cannot be looked up by a location's number.

/// Declares a row number: a `u32` without arithmetic.
macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(u32);

        impl $name {
            /// The id of row `row`.
            #[must_use]
            pub const fn new(row: u32) -> Self {
                Self(row)
            }

            /// The row number, to index a column with.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

row_id! {
    /// A text in [`Strings`](super::Strings). The default is the empty text.
    StrId
}
row_id! {
    /// A row of [`Profile::functions`](super::Profile::functions).
    FunctionId
}
row_id! {
    /// A row of [`Profile::locations`](super::Profile::locations).
    LocationId
}
row_id! {
    /// A row of [`Profile::mappings`](super::Profile::mappings).
    MappingId
}
