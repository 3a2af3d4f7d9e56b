//! Adapters for Cloudflare Workers.
