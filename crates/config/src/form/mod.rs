//! How the files are written: the types from which both the decoding and the JSON Schema come.

mod campaign;
mod customer;
mod node;
mod text;

pub(crate) use campaign::{
    AcceptedForm, CampaignForm, ContactListForm, DoNotCallForm, KeyForm, OrderWord, RetryForm,
};
pub(crate) use customer::{
    ContractForm, CustomerFile, DrsForm, ManagedByWord, NumberForm, PasswordForm, RecordingForm, TreeFrame,
};
pub(crate) use node::{
    FamilyWord, LatchWord, LimitsSection, ListenForm, MediaSection, NodeFile, TransferWord, TransportWord,
    TrunkForm, TrunkLimitsSection,
};
pub(crate) use text::AddressText;
