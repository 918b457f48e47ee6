//! Bytes ⇄ values: HTTP requests and responses, JSON, WebSocket frames, the pages.
//!
//! Knows the standards and nothing of chats: it must not import `conversation`, `doors` or `engine`. Everything here is fed
//! bytes cut anywhere and gives the same answer however they were cut.

pub mod date;
mod digits;
pub mod http;
pub mod json;
pub mod pages;
pub mod websocket;
