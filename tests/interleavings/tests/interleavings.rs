//! What must hold in every interleaving. `FACEGATE_FULL=1` tries a hundred times as many.
#![allow(clippy::unwrap_used, reason = "clippy exempts test functions, but not their helpers")]

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use facegate_domain::{AppId, ModelId, SubjectId, Template};
use facegate_test_interleavings::{Index, Load, Room, WorkError, Workers};
use shuttle::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use shuttle::sync::{Arc, mpsc};
use shuttle::{future, thread};

/// Random interleavings, and ones with few changes of the running thread, which find what is rare.
fn everywhere(check: fn()) {
    let count = if std::env::var_os("FACEGATE_FULL").is_some() { 100_000 } else { 1_000 };
    shuttle::check_random(check, count);
    shuttle::check_pct(check, count, 3);
}

fn together(parts: Vec<Box<dyn FnOnce() + Send>>) {
    let threads: Vec<_> = parts.into_iter().map(thread::spawn).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn each_job_that_is_taken_on_is_answered_once_and_the_pool_ends() {
    everywhere(|| {
        let workers = Arc::new(Workers::start(2, 2, || Ok::<_, ()>(0_usize)).unwrap());
        let (ran, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let caller = |number: usize| {
            let (workers, ran, answered) = (workers.clone(), ran.clone(), answered.clone());
            let job = move |_: &mut usize| {
                ran.fetch_add(1, SeqCst);
                number
            };
            Box::new(move || match future::block_on(workers.run(job)) {
                Ok(answer) => {
                    assert_eq!(answer, number, "another job's answer");
                    answered.fetch_add(1, SeqCst);
                }
                Err(error) => assert_eq!(error, WorkError::Busy),
            }) as Box<dyn FnOnce() + Send>
        };
        together((0..4).map(caller).collect());
        assert_eq!(ran.load(SeqCst), answered.load(SeqCst), "a job ran without an answer");
        assert!(ran.load(SeqCst) > 0, "all were refused");
        let Load { workers: threads, waiting, .. } = workers.load();
        assert_eq!((threads, waiting), (2, 0), "jobs that wait for nothing");
        // Ends only if every worker does.
        drop(Arc::into_inner(workers));
    });
}

/// The answer of a job, or the end of one that breaks its engine; without the message that a panic of each of so many would print.
fn answer(wanted: Option<usize>) -> usize {
    wanted.unwrap_or_else(|| std::panic::resume_unwind(Box::new("a broken photo")))
}

#[test]
fn a_job_that_panics_costs_itself_only() {
    everywhere(|| {
        let made = Arc::new(AtomicUsize::new(0));
        let count = made.clone();
        let workers = Arc::new(Workers::start(2, 4, move || Ok::<_, ()>(count.fetch_add(1, SeqCst))).unwrap());
        let caller = |wanted: Option<usize>| {
            let workers = workers.clone();
            Box::new(move || {
                let done = future::block_on(workers.run(move |_| answer(wanted)));
                assert_eq!(done, wanted.ok_or(WorkError::Failed));
            }) as Box<dyn FnOnce() + Send>
        };
        together(vec![caller(Some(1)), caller(None), caller(Some(2)), caller(None)]);
        assert_eq!(workers.load().workers, 2, "a worker has gone");
        drop(Arc::into_inner(workers));
        assert_eq!(made.load(SeqCst), 4, "engines: one for each worker, one after each panic");
    });
}

/// Begins what the future does, and goes on.
fn begin(future: Pin<&mut impl Future>) {
    let mut future = Some(future);
    future::block_on(poll_fn(|context| {
        let _ = future.take().map(|future| future.poll(context));
        Poll::Ready(())
    }));
}

#[test]
fn a_job_whose_caller_has_left_does_not_run_and_the_next_one_does() {
    everywhere(|| {
        let workers = Workers::start(1, 3, || Ok::<_, ()>(0_usize)).unwrap();
        let (open, gate) = mpsc::channel();
        let mut first = Box::pin(workers.run(move |_| gate.recv().unwrap()));
        begin(first.as_mut());
        let mut leaves = Box::pin(workers.run(|count| *count += 1));
        begin(leaves.as_mut());
        drop(leaves);
        open.send(()).unwrap();
        assert_eq!(future::block_on(first), Ok(()));
        assert_eq!(future::block_on(workers.run(|count| *count)), Ok(0), "a job ran that nobody waited for");
    });
}

fn template(values: [f32; 2]) -> Template {
    Template::new(ModelId::new("m", "0"), values.to_vec()).unwrap()
}

fn subject(name: &str) -> SubjectId {
    SubjectId::parse(name).unwrap()
}

#[test]
fn what_was_put_into_the_index_is_found_and_what_was_removed_is_not() {
    everywhere(|| {
        let (index, app) = (Arc::new(Index::new(ModelId::new("m", "0"))), AppId::parse("bank").unwrap());
        let put = |name: &'static str| {
            let (index, app) = (index.clone(), app.clone());
            Box::new(move || {
                index.put(&app, &subject(name), &template([1.0, 0.0])).unwrap();
                let found = index.search(&app, &template([1.0, 0.0]), 5, 0.5).unwrap();
                assert!(found.iter().any(|found| found.subject_id == subject(name)), "{name} was put and is not found");
            }) as Box<dyn FnOnce() + Send>
        };
        let (removing, of) = (index.clone(), app.clone());
        let remove = Box::new(move || {
            removing.put(&of, &subject("gone"), &template([1.0, 0.0])).unwrap();
            assert!(removing.remove(&of, &subject("gone")));
            let found = removing.search(&of, &template([1.0, 0.0]), 5, 0.5).unwrap();
            assert!(found.iter().all(|found| found.subject_id != subject("gone")), "found after it was removed");
            assert!(removing.total() <= 2);
        });
        together(vec![put("a"), put("b"), remove]);
        assert_eq!((index.count(&app), index.total()), (2, 2));
    });
}

#[test]
fn room_is_never_given_twice_and_everybody_gets_some() {
    everywhere(|| {
        let (room, used) = (Arc::new(Room::new(10)), Arc::new(AtomicU64::new(0)));
        let user = |bytes: u64| {
            let (room, used) = (room.clone(), used.clone());
            Box::new(move || {
                for _ in 0..2 {
                    room.take(bytes);
                    assert!(used.fetch_add(bytes, SeqCst) + bytes <= 10, "more is taken than there is");
                    thread::yield_now();
                    used.fetch_sub(bytes, SeqCst);
                    room.give_back(bytes);
                }
            }) as Box<dyn FnOnce() + Send>
        };
        together(vec![user(4), user(6), user(10), user(1)]);
        // All of it came back.
        room.take(10);
    });
}
