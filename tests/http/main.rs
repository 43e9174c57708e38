//! What browsers and programs get over HTTP: pages, forms, texts.

mod pages;
mod samples;
mod texts;
