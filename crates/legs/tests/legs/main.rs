//! Phones that call each other, without a switch between them: in virtual time on a network that loses, repeats
//! and reorders, and over real loopback UDP.

mod answer;
mod digits;
mod forks;
mod hold;
mod network;
mod over_udp;
mod races;
mod refusals;
mod reliable;
mod sans_io;
mod strangers;
mod world;
