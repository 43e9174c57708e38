//! Use cases against a real database, and what they say in mails.

mod mail_texts;
