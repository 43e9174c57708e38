//! Enums whose values have a name each: in the database, in addresses, in the audit log.

/// Adds `ALL`, `as_str` and `FromStr` to an enum that is written with its names. After `else` stands the refusal of a text
/// that is no name, as a function of the text.
macro_rules! named {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }
        else $refusal:expr
    ) => {
        $(#[$meta])*
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::problem::Problem;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let refusal: fn(&str) -> Self::Err = $refusal;
                Self::ALL.into_iter().find(|value| value.as_str() == text).ok_or_else(|| refusal(text))
            }
        }
    };
}
pub(crate) use named;
