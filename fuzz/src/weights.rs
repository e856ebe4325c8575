//! What holds for weights, whichever reader read them.

use daepyo_lineage::{
    Extent, Format, Header, Memory, Order, Place, Sample, Scale, Source, Tensor, View, WeightsError,
    WeightsProblem, fuzz, read_any,
};

/// Of a matrix, so many rows and columns are decoded.
const ROWS: u64 = 64;
const COLUMNS: u64 = 256;
/// A short pickle can give one tensor a million names; so many tensors are decoded.
const DECODED: usize = 256;

/// A reader of one format.
pub type Reader = fn(&dyn Source, usize) -> Result<Header, WeightsError>;

/// What `reader` finds in `bytes`, once all of it has been checked; `None` where it refuses them. What begins as a file
/// of `format` does is read again as any file is, which gives the same.
pub fn read(bytes: &[u8], format: Format, reader: Reader) -> Option<Header> {
    let source = Memory(bytes);
    let found = reader(&source, 0);
    if fuzz::format(bytes) == Some(format) {
        match (&found, read_any(&source)) {
            (Ok(header), Ok((_, again))) => {
                assert!(is_same(header, &again), "another header when it is read again");
                check_apart(header, format);
            }
            // The one thing that is left to the caller of a reader.
            (Ok(_), Err(error)) => {
                assert!(matches!(error.problem, WeightsProblem::Overlap(_)), "{}", words(&error));
            }
            (Err(first), Err(again)) => assert_eq!(words(first), words(&again)),
            (Err(error), Ok(_)) => panic!("once refused and once read: {}", words(error)),
        }
    }
    match found {
        Ok(header) => {
            header.tensors.iter().for_each(|tensor| check_extent(bytes, tensor));
            header.tensors.iter().take(DECODED).for_each(|tensor| check_numbers(bytes, tensor));
            Some(header)
        }
        Err(error) => {
            check_error(bytes, &error);
            None
        }
    }
}

/// Whether two headers say the same.
pub fn is_same(one: &Header, other: &Header) -> bool {
    one.about == other.about && are_same_tensors(&one.tensors, &other.tensors)
}

/// Whether tensors are the same; their scales may be no numbers, which equal nothing.
pub fn are_same_tensors(one: &[Tensor], other: &[Tensor]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(is_same_tensor)
}

fn is_same_tensor((one, other): (&Tensor, &Tensor)) -> bool {
    let is_same_scale = match (&one.scale, &other.scale) {
        (Scale::None, Scale::None) => true,
        (Scale::Affine { scale, zero }, Scale::Affine { scale: other_scale, zero: other_zero }) => {
            are_same(scale, other_scale) && are_same(zero, other_zero)
        }
        (Scale::Packed(packed), Scale::Packed(other)) => format!("{packed:?}") == format!("{other:?}"),
        (Scale::Unknown, Scale::Unknown) => true,
        (Scale::None | Scale::Affine { .. } | Scale::Packed(_) | Scale::Unknown, _) => false,
    };
    is_same_scale
        && one.name == other.name
        && one.shape == other.shape
        && one.encoding == other.encoding
        && one.extent == other.extent
        && one.order == other.order
}

/// Whether numbers are the same to the bit; one NaN is as good as another.
pub fn are_same(one: &[f32], other: &[f32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| bits(*one) == bits(*other))
}

fn bits(number: f32) -> u32 {
    if number.is_nan() { u32::MAX } else { number.to_bits() }
}

/// An error with its cause.
fn words(error: &WeightsError) -> String {
    format!("{error}: {}", error.problem)
}

/// That an error points into the file.
fn check_error(bytes: &[u8], error: &WeightsError) {
    assert_eq!(error.file, "memory");
    if let Some(Place::Byte(byte)) = &error.place {
        assert!(*byte <= bytes.len() as u64, "outside the file of {} bytes: {}", bytes.len(), words(error));
    }
}

/// That no two tensors share some of their bytes. In some formats tensors may share all of them.
fn check_apart(header: &Header, format: Format) {
    let may_share = matches!(format, Format::Onnx | Format::Pytorch);
    let extents = header.tensors.iter().map(|tensor| tensor.extent);
    let mut extents: Vec<Extent> = extents.filter(|extent| extent.bytes > 0).collect();
    extents.sort_by_key(|extent| (extent.offset, extent.bytes));
    for pair in extents.windows(2) {
        let is_shared = may_share && pair[0] == pair[1];
        assert!(is_shared || end(pair[0]) <= pair[1].offset, "{pair:?}");
    }
}

fn end(extent: Extent) -> u64 {
    extent.offset.checked_add(extent.bytes).expect("an end")
}

/// That a tensor lies inside its file, in as many bytes as its shape and its encoding need.
fn check_extent(bytes: &[u8], tensor: &Tensor) {
    assert_eq!(tensor.extent.file, 0);
    assert!(end(tensor.extent) <= bytes.len() as u64, "{tensor:?}");
    let product =
        tensor.shape.iter().fold(1_u128, |product, length| product.saturating_mul(u128::from(*length)));
    assert_eq!(u128::from(tensor.elements()), product, "{tensor:?}");
    assert_eq!(tensor.encoding.bytes(tensor.elements()), Some(tensor.extent.bytes), "{tensor:?}");
    if tensor.order == Order::Columns {
        assert!(tensor.shape.len() == 2 && tensor.encoding.block_elements() == 1, "{tensor:?}");
    }
    if let Scale::Affine { scale, zero } = &tensor.scale {
        assert_eq!(scale.len(), zero.len(), "{tensor:?}");
        assert!(scale.len() == 1 || tensor.shape.first() == Some(&(scale.len() as u64)), "{tensor:?}");
    }
}

/// That samples of a tensor hold the numbers that the whole of it has there: its first rows, as they are and turned,
/// and those of its first and its last expert.
fn check_numbers(bytes: &[u8], tensor: &Tensor) {
    let Some(whole) = View::whole(tensor) else {
        assert_eq!(tensor.elements(), 0, "{tensor:?}");
        return;
    };
    assert_eq!(whole.rows * whole.columns, tensor.elements(), "{tensor:?}");
    let mut numbers = vec![0.0; tensor.elements() as usize];
    tensor.encoding.decode(&part(bytes, tensor.extent.offset, tensor.extent.bytes), &mut numbers);
    check_view(bytes, tensor, &numbers, whole);
    if let Some(turned) = whole.turned(tensor) {
        check_view(bytes, tensor, &numbers, turned);
    }
    // Scales of a tensor's rows are no scales of an expert's rows.
    let experts = View::experts(tensor);
    if let (Scale::None, [first, rest @ ..]) = (&tensor.scale, experts.as_slice()) {
        check_view(bytes, tensor, &numbers, *first);
        check_view(bytes, tensor, &numbers, *rest.last().unwrap_or(first));
    }
}

fn part(bytes: &[u8], offset: u64, count: u64) -> Vec<u8> {
    Memory(bytes).take(offset, count as usize).expect("bytes inside the file")
}

/// That a sample of `view` is what it says: its ranges lie in the tensor, ascending and apart, and what is decoded from
/// them are the numbers at these rows and columns among all `numbers` of the tensor.
fn check_view(bytes: &[u8], tensor: &Tensor, numbers: &[f32], view: View) {
    let rows: Vec<u64> = (0..view.rows.min(ROWS)).collect();
    let (count, block) = (rows.len(), tensor.encoding.block_elements());
    let backwards: Vec<u64> = rows.iter().rev().copied().collect();
    let Some(sample) = Sample::new(tensor, view, rows, COLUMNS) else {
        assert!(view.order == Order::Columns && block > 1, "no sample of {view:?} of {tensor:?}");
        return;
    };
    let columns = sample.columns();
    assert_eq!(columns as u64, COLUMNS.min(view.columns).next_multiple_of(block), "{tensor:?}");
    assert_eq!(sample.rows(), count);

    let ranges = sample.ranges(tensor);
    assert!(
        ranges.iter().all(|range| range.start < range.end && range.end <= tensor.extent.bytes),
        "{ranges:?}"
    );
    assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{ranges:?}");
    let length: u64 = ranges.iter().map(|range| range.end - range.start).sum();
    assert_eq!(Some(length), tensor.encoding.bytes((count * columns) as u64), "{tensor:?}");

    let wanted = ranges
        .iter()
        .flat_map(|range| part(bytes, tensor.extent.offset + range.start, range.end - range.start));
    let wanted: Vec<u8> = wanted.collect();
    let decoded = sample.decode(tensor, &wanted);
    assert_eq!(decoded.len(), count * columns);
    let expected = (0..count * columns).map(|place| {
        let (row, column) = (view.first_row + (place / columns) as u64, (place % columns) as u64);
        let at = match view.order {
            Order::Rows => row * view.columns + column,
            Order::Columns => column * view.rows + row,
        };
        // A vector is one row, but each of its numbers is a place of its first dimension.
        let first = if tensor.shape.len() < 2 { column } else { row };
        scaled(tensor, first as usize, numbers[at as usize])
    });
    let expected: Vec<f32> = expected.collect();
    assert!(are_same(&decoded, &expected), "{view:?} of {tensor:?}");

    let sample = Sample::new(tensor, view, backwards, COLUMNS).expect("the same rows");
    assert_eq!(sample.ranges(tensor), ranges);
    let backwards: Vec<f32> =
        sample.decode(tensor, &wanted).chunks(columns).rev().flatten().copied().collect();
    assert!(are_same(&backwards, &expected), "{view:?} of {tensor:?}, the last row first");
    let cut_short = sample.decode(tensor, &wanted[..wanted.len() / 2]);
    assert_eq!(cut_short.len(), count * columns);
}

/// The weight that a stored number stands for, at a place of the first dimension.
fn scaled(tensor: &Tensor, first: usize, number: f32) -> f32 {
    match &tensor.scale {
        // No reader of one file knows these: they are found among all tensors of a model.
        Scale::Packed(_) | Scale::Unknown => panic!("{tensor:?}"),
        Scale::None => number,
        Scale::Affine { scale, zero } => {
            let place = if scale.len() == 1 { 0 } else { first };
            (number - zero[place]) * scale[place]
        }
    }
}
