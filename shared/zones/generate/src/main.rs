//! Makes the table of time zones by place from the polygons of timezone-boundary-builder:
//! `cargo run --release --manifest-path shared/zones/generate/Cargo.toml > shared/zones/src/zones.txt`.
//! It takes a minute or two. The form of the table is explained in `shared/zones/src/place.rs`, which reads it.

use base64::{Engine, engine::general_purpose::STANDARD};
use tzf_rs::DefaultFinder;

/// Cells of the coarsest grid, west to east and south to north.
const COLUMNS: u32 = 256;
const ROWS: u32 = 128;
/// How often a cell is halved.
const LEVELS: u32 = 7;
/// From this level on (0.35 degrees) a cell of land and sea belongs to the land: coasts need no detail.
const COAST: u32 = 2;
/// The index of the sea, whose zones follow from the longitude.
const SEA: u16 = 0;

enum Node {
    Leaf(u16),
    Split(Box<[Node; 4]>),
}

struct Grid {
    finder: DefaultFinder,
    /// Index of our table for each index of theirs.
    ours: Vec<u16>,
}

impl Grid {
    /// The zone at a place in units of the finest cells.
    fn sample(&self, x: f64, y: f64) -> u16 {
        let side = f64::from(1_u32 << LEVELS);
        let longitude = x / side / f64::from(COLUMNS) * 360.0 - 180.0;
        let latitude = y / side / f64::from(ROWS) * 180.0 - 90.0;
        self.finder
            .get_tz_index(longitude, latitude)
            .map_or(SEA, |index| self.ours[index])
    }

    fn node(&self, x: f64, y: f64, level: u32) -> Node {
        let side = f64::from(1_u32 << (LEVELS - level));
        if level == LEVELS {
            return Node::Leaf(self.sample(x + 0.5, y + 0.5));
        }
        let points = if level == 0 { 16 } else { 8 };
        let first = self.sample(x + side * 1e-3, y + side * 1e-3);
        let place = |i: i32| side * (f64::from(i) / f64::from(points)).clamp(1e-3, 0.999);
        let same = (0..=points).all(|i| {
            (0..=points).all(|j| self.sample(x + place(i), y + place(j)) == first)
        });
        if same {
            return Node::Leaf(first);
        }
        let half = side / 2.0;
        let child = |i: f64, j: f64| self.node(x + i * half, y + j * half, level + 1);
        let children = [child(0.0, 0.0), child(1.0, 0.0), child(0.0, 1.0), child(1.0, 1.0)];
        merged(children, level)
    }
}

/// One leaf instead of four that say the same.
fn merged(children: [Node; 4], level: u32) -> Node {
    let mut zones: Vec<u16> = Vec::new();
    for child in &children {
        match child {
            Node::Leaf(zone) => zones.push(*zone),
            Node::Split(_) => return Node::Split(Box::new(children)),
        }
    }
    zones.sort_unstable();
    zones.dedup();
    match zones[..] {
        [zone] => Node::Leaf(zone),
        [SEA, land] if level >= COAST => Node::Leaf(land),
        _ => Node::Split(Box::new(children)),
    }
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: usize,
}

impl Bits {
    fn push(&mut self, value: usize, count: usize) {
        for i in (0..count).rev() {
            if self.used % 8 == 0 {
                self.bytes.push(0);
            }
            if value >> i & 1 == 1 {
                *self.bytes.last_mut().expect("just pushed") |= 0x80 >> (self.used % 8);
            }
            self.used += 1;
        }
    }
}

fn zones_of(node: &Node, into: &mut Vec<u16>) {
    match node {
        Node::Leaf(zone) => {
            if !into.contains(zone) {
                into.push(*zone);
            }
        }
        Node::Split(children) => children.iter().for_each(|child| zones_of(child, into)),
    }
}

fn write(node: &Node, level: u32, palette: &[u16], width: usize, bits: &mut Bits) {
    if level < LEVELS {
        bits.push(usize::from(matches!(node, Node::Split(_))), 1);
    }
    match node {
        Node::Leaf(zone) => {
            let at = palette.iter().position(|z| z == zone).expect("a zone of this cell");
            bits.push(at, width);
        }
        Node::Split(children) => {
            for child in children.iter() {
                write(child, level + 1, palette, width, bits);
            }
        }
    }
}

fn main() {
    let finder = DefaultFinder::new();
    let theirs: Vec<String> = finder.timezonenames().iter().map(|n| (*n).to_owned()).collect();
    let mut names: Vec<String> = theirs.iter().filter(|n| !n.starts_with("Etc/GMT")).cloned().collect();
    names.sort();
    names.dedup();
    let index = |name: &String| names.binary_search(name).map_or(SEA, |i| u16::try_from(i + 1).expect("few"));
    let ours = theirs.iter().map(index).collect();
    println!("# Time zones by place, made by shared/zones/generate from timezone-boundary-builder {}.", finder.data_version());
    println!("# Contains information from OpenStreetMap, (c) OpenStreetMap contributors, made available under the");
    println!("# Open Database License (ODbL) 1.0, https://opendatacommons.org/licenses/odbl/1-0/; so is this table.");
    println!("{}", names.join(" "));
    let grid = Grid { finder, ours };
    for row in 0..ROWS {
        let mut bits = Bits::default();
        let mut before = SEA;
        for column in 0..COLUMNS {
            let side = f64::from(1_u32 << LEVELS);
            let node = grid.node(f64::from(column) * side, f64::from(row) * side, 0);
            let mut palette = Vec::new();
            zones_of(&node, &mut palette);
            if palette == [before] {
                bits.push(0, 1);
                continue;
            }
            bits.push(1, 1);
            bits.push(palette.len(), 5);
            for zone in &palette {
                bits.push(usize::from(*zone), 9);
            }
            before = palette[0];
            if palette.len() > 1 {
                let width = (usize::BITS - (palette.len() - 1).leading_zeros()) as usize;
                write(&node, 0, &palette, width, &mut bits);
            }
        }
        println!("{}", STANDARD.encode(&bits.bytes));
    }
}
