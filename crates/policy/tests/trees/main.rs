//! Routing trees from YAML to the last step.

mod checker;
mod decisions;
mod explanations;
mod forms;
mod holes;
mod hours;
mod manual;
mod queues;
mod random;
mod sample;
mod wide;
