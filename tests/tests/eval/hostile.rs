//! Labels that nobody meant: whatever they hold, a sentence that says what is wrong, and no panic.

use facegate_tests::{done, images, photos, pictures, refused, repository};

use crate::photos_folder;
use crate::run::Run;

const JOBS: [&str; 7] =
    ["eval verify", "eval identify", "eval liveness", "eval attributes", "eval quality", "eval detect", "calibrate"];

fn words(job: &str) -> Vec<&str> {
    job.split(' ').collect()
}

#[test]
fn broken_labels_are_told_by_every_job_before_the_models_are_loaded() {
    let file = photos::OBAMA;
    let long = "x".repeat(1_000_000);
    let table: &[(Vec<u8>, &str)] = &[
        (Vec::new(), "no rows"),
        (b"\n\n\n".to_vec(), "no rows"),
        (b"file,person,live,mask\n".to_vec(), "no rows"),
        (format!("file,person\n{file},a\nno-such.jpg,b\n").into(), "line 3"),
        (format!("file,person\n{file},a\n../,b\n").into(), "line 3"),
        (format!("file,person\n{long},a\n").into(), "line 2"),
        (format!("file,person\n{file},a\n{file}\n").into(), "line 3"),
        ([b"file,person\n", file.as_bytes(), b",\xff\xfe\n"].concat(), "line 2 is not UTF-8"),
        (b"\xff\xfef\0i\0l\0e\0".to_vec(), "line 1 is not UTF-8"),
    ];
    let run = Run::new();
    for job in JOBS {
        for (labels, told) in table {
            run.labels(labels);
            let mut command = run.command(&words(job), &photos_folder());
            let error = refused(command.arg("--models").arg(run.path("nothing")).output().unwrap());
            assert!(error.contains(told) && error.len() < 2000, "{job}: {error}");
        }
    }
}

#[test]
fn labels_that_do_not_fit_the_job_are_told() {
    let (file, other) = (photos::OBAMA, photos::BIDEN);
    let long = "x".repeat(1_000_000);
    let wrong_columns = "photo,who\n".to_owned() + &format!("{file},a\n");
    let table: &[(&str, String, &str)] = &[
        ("eval verify", wrong_columns.clone(), "--columns file"),
        ("eval identify", wrong_columns.clone(), "--columns file"),
        ("eval liveness", wrong_columns.clone(), "--columns file"),
        ("eval attributes", wrong_columns.clone(), "--columns file"),
        ("eval quality", wrong_columns.clone(), "--columns file"),
        ("eval detect", wrong_columns.clone(), "--columns file"),
        ("calibrate", wrong_columns, "--columns file"),
        ("eval detect", format!("{long}\nx\n"), "--columns file"),
        ("eval verify", format!("file,person\n{file},a\n{other},\n"), "person is blank"),
        ("eval verify", format!("file,person\n{file},a\n{other},a\n"), "genuine and impostor"),
        ("eval verify", format!("file_a,file_b,same\n{file},{other},0\n"), "genuine and impostor"),
        ("eval verify", format!("file_a,file_b,same\n{file},{other},\n"), "same is blank"),
        ("eval verify", format!("file_a,file_b,same\n{file},{other},nan\n"), "same is \"nan\""),
        ("eval identify", format!("file,person\n{file},a\n{other},a\n"), "several people"),
        ("calibrate", format!("file,person\n{file},a\n{other},a\n"), "0 impostor pairs"),
        ("calibrate", format!("file,person\n{file},{long}\n{other},NaN\n"), "1 impostor pairs"),
        ("eval liveness", format!("file,live\n{file},1\n{other},1\n"), "live and attack"),
        ("eval liveness", format!("file,live\n{file},NaN\n"), "live is \"NaN\""),
        ("eval liveness", format!("file,live\n{file},{long}\n"), "live is \"xx"),
        ("eval attributes", format!("file,shoes\n{file},1\n"), "none of the columns"),
        ("eval attributes", format!("file,mask\n{file},inf\n"), "mask is \"inf\""),
        ("eval quality", format!("file,blur\n{file},0.5\n"), "blur is \"0.5\""),
        ("eval detect", format!("file,faces\n{file},NaN\n"), "faces is \"NaN\""),
        ("eval detect", format!("file,faces\n{file},-1\n"), "faces is \"-1\""),
    ];
    let run = Run::new();
    for (job, labels, told) in table {
        run.labels(labels);
        let mut command = run.command(&words(job), &photos_folder());
        let error = refused(command.arg("--models").arg(repository().join("models")).output().unwrap());
        assert!(error.contains(told) && error.len() < 2000, "{job}: {error}");
    }
}

#[test]
fn photos_without_a_face_or_of_one_class_give_no_numbers_that_are_none() {
    let run = Run::new();
    for shade in 0..4u8 {
        let grey = pictures::drawn(64, 64, |_, _| [60 * shade; 3]);
        std::fs::write(run.path(&format!("{shade}.png")), images::png(&grey)).unwrap();
    }
    std::fs::write(run.path("4.png"), "no picture").unwrap();
    let rows: String = (0..5).map(|i| format!("{i}.png,{},{},{},1\n", i / 2, i % 2, i % 2)).collect();
    run.labels(format!("file,person,live,mask,faces\n{rows}"));
    for job in JOBS {
        let mut command = run.command(&words(job), run.folder.path());
        let output = command.arg("--models").arg(repository().join("models")).output().unwrap();
        if job == "eval detect" {
            let text = done(output);
            assert!(text.contains("(4 of 5)") && text.contains("(1 of 5)"), "{text}");
        } else {
            assert!(refused(output).contains("no face was found in any of the 5 photos"), "{job}");
        }
    }
    // One class only: what cannot be known is a dash.
    run.labels(format!("file,mask,blur,faces\n{},1,1,\n", photos::OBAMA));
    for job in ["attributes", "quality", "detect"] {
        let mut command = run.command(&["eval", job], &photos_folder());
        command.args(["--degrade"].iter().filter(|_| job != "attributes"));
        let html = run.path("report.html");
        let text =
            done(command.arg("--html").arg(&html).arg("--models").arg(repository().join("models")).output().unwrap());
        let page = std::fs::read_to_string(html).unwrap();
        for shown in [&text, &page] {
            assert!(!shown.contains("NaN") && !shown.contains("inf %"), "{job}: {shown}");
        }
    }
}
