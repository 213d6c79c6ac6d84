//! A slot list in shared chunks: cloning copies one pointer per chunk, writing copies one chunk.

use std::sync::Arc;

/// Rows by slot. Cheap to clone; clones share every row and every chunk not written since.
#[derive(Debug)]
pub struct Rows<T> {
    chunks: Vec<Arc<Chunk<T>>>,
    len: usize,
}

/// Slots per chunk: one write to a shared chunk copies this many pointers.
const CHUNK: usize = 32;

type Chunk<T> = [Option<Arc<T>>; CHUNK];

impl<T> Rows<T> {
    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row in a slot.
    #[must_use]
    pub fn get(&self, slot: usize) -> Option<&Arc<T>> {
        self.chunks.get(slot / CHUNK)?.get(slot % CHUNK)?.as_ref()
    }

    /// All slots in order, with the rows that are in them.
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Option<&Arc<T>>> {
        (0..self.chunks.len() * CHUNK).map(|slot| self.get(slot))
    }

    /// All rows in slot order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.chunks.iter().flat_map(|chunk| chunk.iter().flatten())
    }

    /// Puts a row into a slot, growing as needed; returns what was there.
    pub fn set(&mut self, slot: usize, row: Option<Arc<T>>) -> Option<Arc<T>> {
        while self.chunks.len() <= slot / CHUNK {
            self.chunks.push(Arc::new([const { None }; CHUNK]));
        }
        let cell = &mut Arc::make_mut(&mut self.chunks[slot / CHUNK])[slot % CHUNK];
        let (had, has) = (cell.is_some(), row.is_some());
        self.len = self.len + usize::from(has) - usize::from(had);
        std::mem::replace(cell, row)
    }
}

impl<T> Clone for Rows<T> {
    fn clone(&self) -> Self {
        Self { chunks: self.chunks.clone(), len: self.len }
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}
