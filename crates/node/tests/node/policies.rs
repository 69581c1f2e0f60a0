//! A policy from outside routes numbers of the node's YAML.

use crate::calls::answers;
use crate::world::{NODE, World, assert_talked, voice};
use pointsman_example_policy::RotaFactory;
use pointsman_legs::Numbers;
use pointsman_policy::Registry;
use std::sync::Arc;

const DUTY: &str = "+3293000100";
const ON_DUTY: &str = "+32475000001";

#[test]
fn a_policy_of_another_crate_is_named_in_yaml_and_takes_the_call_to_who_is_on_duty() {
    let mut world = World::prepared(Numbers::default().with(ON_DUTY, answers(2)), 100);
    let rota = format!("{{ policy: weekday-rota, trunk: bob, numbers: [\"{ON_DUTY}\"] }}");
    let numbers = format!("numbers: {{ \"{DUTY}\": {rota}, ");
    world
        .files
        .write("node.yaml", &NODE.replace("numbers: { ", &numbers));
    let mut registry = Registry::new();
    registry.register("weekday-rota", Box::new(RotaFactory));
    world.options.registry = Arc::new(registry);
    world.start();

    let caller = world.call(world.spec(DUTY));
    assert_talked(&caller, &world.bobs(), &voice(2));
    let cdr = world.cdr();
    assert_eq!((&*cdr.policy, &*cdr.to), ("weekday-rota", DUTY));
    assert!(cdr.why.contains("is on duty"), "{}", cdr.why);
    assert!(cdr.path.iter().any(|step| step.node == "rota"), "{:?}", cdr.path);
}
