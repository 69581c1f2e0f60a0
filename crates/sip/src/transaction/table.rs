//! Entries under handles that are never reused: a slot number and a generation. Busy entries are listed
//! apart from those that only linger, so that whoever looks for busy ones does not walk over the others.
use slab::Slab;

#[derive(Debug)]
struct Slot<T> {
    id: u64,
    /// Place in `busy`; `None` once the entry lingers.
    place: Option<u32>,
    entry: T,
}

#[derive(Debug)]
pub(super) struct Table<T> {
    slots: Slab<Slot<T>>,
    generation: u32,
    busy: Vec<u32>,
}

/// The slot of a handle is its low half.
#[expect(clippy::cast_possible_truncation, reason = "the low half is wanted")]
const fn slot_of(id: u64) -> usize {
    id as u32 as usize
}

impl<T> Table<T> {
    pub(super) const fn new() -> Self {
        Self {
            slots: Slab::new(),
            generation: 0,
            busy: Vec::new(),
        }
    }

    /// Adds a busy entry.
    pub(super) fn insert(&mut self, entry: T) -> u64 {
        self.generation = self.generation.wrapping_add(1).max(1);
        let vacant = self.slots.vacant_entry();
        let slot = u32::try_from(vacant.key()).expect("fewer than 2^32 transactions at a time");
        let id = u64::from(self.generation) << 32 | u64::from(slot);
        let place = u32::try_from(self.busy.len()).expect("no more than there are slots");
        self.busy.push(slot);
        vacant.insert(Slot {
            id,
            place: Some(place),
            entry,
        });
        id
    }

    pub(super) fn get(&self, id: u64) -> Option<&T> {
        self.slots
            .get(slot_of(id))
            .filter(|slot| slot.id == id)
            .map(|slot| &slot.entry)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.slots
            .get_mut(slot_of(id))
            .filter(|slot| slot.id == id)
            .map(|slot| &mut slot.entry)
    }

    /// Marks an entry as one that only absorbs repetitions.
    pub(super) fn linger(&mut self, id: u64) {
        let place = self
            .slots
            .get_mut(slot_of(id))
            .filter(|slot| slot.id == id)
            .and_then(|slot| slot.place.take());
        let Some(place) = place else {
            return;
        };
        self.busy.swap_remove(place as usize);
        if let Some(moved) = self.busy.get(place as usize) {
            self.slots[*moved as usize].place = Some(place);
        }
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<T> {
        self.get(id)?;
        self.linger(id);
        Some(self.slots.remove(slot_of(id)).entry)
    }

    /// Handles of the busy entries, in no particular but a repeatable order.
    pub(super) fn busy(&self) -> impl Iterator<Item = u64> + '_ {
        self.busy.iter().map(|slot| self.slots[*slot as usize].id)
    }

    pub(super) fn busy_len(&self) -> usize {
        self.busy.len()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_dies_with_its_entry() {
        let mut table = Table::new();
        let first = table.insert("first");
        assert_eq!(table.remove(first), Some("first"));
        let second = table.insert("second");
        assert_eq!(slot_of(first), slot_of(second));
        assert_ne!(first, second);
        assert_eq!(table.get(first), None);
        assert_eq!(table.remove(first), None);
        assert_eq!(table.get_mut(second).copied(), Some("second"));
    }

    #[test]
    fn lingering_entries_stay_but_are_not_busy() {
        let mut table = Table::new();
        let ids: Vec<_> = (0..4).map(|entry| table.insert(entry)).collect();
        table.linger(ids[1]);
        table.linger(ids[1]);
        table.remove(ids[0]);
        let mut busy: Vec<_> = table.busy().collect();
        busy.sort_unstable();
        assert_eq!(busy, [ids[2], ids[3]]);
        assert_eq!((table.busy_len(), table.len()), (2, 3));
        assert_eq!(table.get(ids[1]), Some(&1));
    }
}
