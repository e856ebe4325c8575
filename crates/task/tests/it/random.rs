//! `CPython`'s generator to the bit; the numbers are those of Python 3.11's `random.Random(1234)`.

use daepyo_task::PythonRandom;

#[test]
fn words_are_those_of_cpython() {
    let mut random = PythonRandom::new(0);
    let first: Vec<u32> = (0..5).map(|_| random.next_u32()).collect();
    assert_eq!(first, [3_626_764_237, 1_654_615_998, 3_255_389_356, 3_823_568_514, 1_806_341_205]);
    let mut random = PythonRandom::new(1234);
    let words: Vec<u32> = (0..2000).map(|_| random.next_u32()).collect();
    assert_eq!(words[..2], [4_150_886_329, 3_342_196_574]);
    assert_eq!((words[624], words[1999]), (3_715_477_445, 881_902_874));
    assert_eq!(PythonRandom::new(u32::MAX).next_u32(), 2_728_839_433);
}

#[test]
fn samples_are_those_of_cpython() {
    // One generator for all, so that each sample also shows how many words the ones before took.
    let mut random = PythonRandom::new(1234);
    let cases: [(u32, u32, &[u32]); 15] = [
        (5, 5, &[3, 0, 4, 2, 1]),
        (6, 5, &[5, 0, 4, 1, 3]),
        (21, 5, &[0, 20, 19, 11, 15]),
        (22, 5, &[19, 14, 4, 2, 5]),
        (22, 3, &[3, 0, 16]),
        (120, 5, &[62, 112, 31, 8, 85]),
        (120, 6, &[69, 116, 59, 8, 76, 86]),
        (85, 6, &[11, 65, 74, 5, 34, 71]),
        (86, 6, &[8, 82, 38, 61, 45, 34]),
        (
            1000,
            25,
            &[
                255, 671, 955, 204, 464, 897, 542, 681, 19, 964, 520, 72, 5, 341, 147, 727, 484, 673, 386,
                171, 55, 78, 601, 508, 167,
            ],
        ),
        (100_000, 5, &[9872, 73050, 28192, 18906, 3555]),
        (
            277,
            20,
            &[177, 56, 271, 72, 156, 232, 20, 213, 141, 90, 139, 79, 153, 237, 21, 197, 178, 253, 174, 239],
        ),
        (
            278,
            21,
            &[
                243, 23, 241, 87, 225, 265, 224, 151, 140, 63, 95, 213, 223, 61, 271, 52, 248, 192, 130, 98,
                176,
            ],
        ),
        (1, 1, &[0]),
        (3, 0, &[]),
    ];
    for (population, count, expected) in cases {
        assert_eq!(random.sample(population, count).as_deref(), Some(expected), "{population} {count}");
    }
    assert_eq!(random.sample(3, 4), None);
}
