//! Skill groups and agents.

use pointsman_contract::Element;
use pointsman_policy::Kind;
use pointsman_policy::acm::{AgentForm, AgentId, Directory, GroupForm, GroupId};

use super::Reading;
use crate::yaml::{Each, Section};

impl Reading<'_> {
    /// Groups, for the trees that name them.
    pub(super) fn read_groups(&mut self, section: Option<Section<Each<GroupForm>>>) {
        if section.is_some() {
            self.require_element(Element::Acm, &["skill_groups"]);
        }
        let (groups, wrong) = self.items("skill_groups", section, GroupForm::read);
        self.unread(Kind::Group, wrong);
        self.context.groups = groups;
    }

    /// Agents, after everything that they name.
    pub(super) fn read_agents(&mut self, section: Option<Section<Each<AgentForm>>>) -> Directory {
        if section.is_some() {
            self.require_element(Element::Acm, &["agents"]);
        }
        if self.is_blind {
            return Directory::default(); // a whole section is wrong: what agents may name is unknown
        }
        let context = self.context.clone();
        let (agents, _) = self.items("agents", section, |form: AgentForm| form.read(&context));
        for (name, _) in agents.iter().filter(|(_, setup)| setup.record) {
            // The other half of REC-06, the option ACM, is asked for by the section.
            self.require_element(Element::Recording, &["agents", name, "record"]);
        }
        let customer = self.context.customer.clone();
        let groups = self.context.groups.iter();
        Directory {
            groups: groups
                .map(|(name, setup)| (GroupId::new(&*customer, &**name), setup.clone()))
                .collect(),
            agents: agents
                .into_iter()
                .map(|(name, setup)| (AgentId::new(&*customer, name), setup))
                .collect(),
        }
    }
}
