//! `legs`
