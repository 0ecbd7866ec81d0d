//! What many ask for at the same moment is done in one go: whoever comes while others are served waits for the next go.
//! Whoever is alone waits for nobody; where several ask, the next go begins a moment after the last one, as most of those
//! that it has answered ask again at once.
use crate::{Error, Result};
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, timeout},
};

/// How long a go may take before another one begins beside it.
const LONG: Duration = Duration::from_millis(10);

/// Jobs that wait to be done together, `J`, and what becomes of each, `A`.
#[derive(Debug)]
pub(crate) struct Together<J, A> {
    /// How many goes there may be at once.
    lanes: usize,
    state: Mutex<State<J, A>>,
    /// All are there for whom a go has waited.
    complete: Notify,
}

#[derive(Debug)]
struct State<J, A> {
    waiting: VecDeque<Asked<J, A>>,
    running: usize,
    /// For how many a go waits.
    expected: usize,
    /// When the last go began, or to wait.
    began: Instant,
}

/// A job, and who waits for what becomes of it.
#[derive(Debug)]
pub(crate) struct Asked<J, A> {
    pub job: J,
    asker: oneshot::Sender<Result<A>>,
}

impl<J, A> Asked<J, A> {
    /// The job ends first: who hears the answer may ask the next.
    pub fn answer(self, answer: Result<A>) {
        drop(self.job);
        // Whoever has left hears nothing.
        self.asker.send(answer).ok();
    }
}

/// How large a job is beside others, and how much fits in one go.
pub(crate) trait Size {
    const FULL: usize;
    /// How long a go waits at most for those whom the last one has answered.
    const MOMENT: Duration;
    fn size(&self) -> usize;
}

/// Does many jobs at once, and answers each.
pub(crate) trait Work<J, A>: Clone + Send + 'static {
    fn go(self, asked: Vec<Asked<J, A>>) -> impl Future<Output = ()> + Send;
}

impl<J: Size + Send + 'static, A: Send + 'static> Together<J, A> {
    pub fn in_lanes(lanes: usize) -> Self {
        let waiting = VecDeque::new();
        let state = State { waiting, running: 0, expected: 0, began: Instant::now() };
        Self { lanes: lanes.max(1), state: Mutex::new(state), complete: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<J, A>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `job` with those of others, by `work`. It is done even when nobody waits for its answer any more, unless it
    /// had not begun.
    pub async fn submit(self: &Arc<Self>, job: J, work: impl Work<J, A>) -> Result<A> {
        let (asker, answered) = oneshot::channel();
        if self.queue(Asked { job, asker }) {
            tokio::spawn(Arc::clone(self).run(work));
        }
        answered.await.unwrap_or_else(|lost| Err(Error::Internal(lost.into())))
    }

    /// Whether a lane is opened for it.
    fn queue(&self, asked: Asked<J, A>) -> bool {
        let mut state = self.state();
        state.waiting.push_back(asked);
        if state.waiting.len() == state.expected {
            self.complete.notify_one();
        }
        self.opens(&mut state)
    }

    /// Opens another lane if those who wait had to wait long.
    fn opens(&self, state: &mut State<J, A>) -> bool {
        let is_long = state.running == 0 || state.began.elapsed() >= LONG;
        let opens = is_long && state.running < self.lanes && !state.waiting.is_empty();
        if opens {
            state.running += 1;
            state.began = Instant::now();
        }
        opens
    }

    /// One go after the other, until nobody waits.
    fn run(self: Arc<Self>, work: impl Work<J, A>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let mut served = 0;
            loop {
                self.gather(served).await;
                let Some(asked) = self.next() else { return };
                served = asked.len();
                // In a task of its own: should it panic, only those are lost that are in it.
                let mut go = tokio::spawn(work.clone().go(asked));
                while timeout(LONG, &mut go).await.is_err() {
                    if self.opens(&mut self.state()) {
                        tokio::spawn(Arc::clone(&self).run(work.clone()));
                    }
                }
            }
        })
    }

    /// Waits a moment for those whom the last go has `served`, unless there was one alone.
    async fn gather(&self, served: usize) {
        {
            let mut state = self.state();
            let expected = state.waiting.len() + served;
            if served == 0 || expected < 2 || state.running > 1 || J::MOMENT.is_zero() {
                return;
            }
            state.expected = expected;
            state.began = Instant::now();
        }
        timeout(J::MOMENT, self.complete.notified()).await.ok();
        self.state().expected = 0;
    }

    /// Those of the next go; where there are none, the lane is left.
    fn next(&self) -> Option<Vec<Asked<J, A>>> {
        let mut state = self.state();
        let (mut served, mut size) = (Vec::new(), 0);
        while let Some(first) = state.waiting.pop_front() {
            if first.asker.is_closed() {
                continue;
            }
            size += first.job.size();
            if size > J::FULL && !served.is_empty() {
                state.waiting.push_front(first);
                break;
            }
            served.push(first);
        }
        if served.is_empty() {
            state.running -= 1;
            return None;
        }
        state.began = Instant::now();
        Some(served)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    impl Size for usize {
        const FULL: usize = 10;
        const MOMENT: Duration = Duration::ZERO;
        fn size(&self) -> usize {
            *self
        }
    }

    /// Doubles what it gets once it may, and says how many were doubled together.
    #[derive(Clone)]
    struct Doubling(Arc<Semaphore>);

    impl Work<usize, (usize, usize)> for Doubling {
        async fn go(self, asked: Vec<Asked<usize, (usize, usize)>>) {
            self.0.acquire().await.unwrap().forget();
            let count = asked.len();
            for one in asked {
                assert_ne!(one.job, 7, "seven is not doubled");
                let doubled = one.job * 2;
                one.answer(Ok((doubled, count)));
            }
        }
    }

    #[tokio::test]
    async fn whoever_waits_is_served_with_the_others_that_wait() {
        let (together, gate) = (Arc::new(Together::in_lanes(1)), Arc::new(Semaphore::new(0)));
        let submit = |job| together.submit(job, Doubling(Arc::clone(&gate)));
        let all = join_all([1, 2, 3, 4, 5, 20, 1].map(submit));
        let (answers, ()) = tokio::join!(all, async { gate.add_permits(100) });
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        // All are there before the first go begins; 20 does not fit, and goes alone.
        assert_eq!(answers, [(2, 4), (4, 4), (6, 4), (8, 4), (10, 1), (40, 1), (2, 1)]);
        assert_eq!(together.state.lock().unwrap().running, 0);
    }

    #[tokio::test]
    async fn who_has_left_is_passed_over_and_a_panic_is_that_of_one_go() {
        let (together, gate) = (Arc::new(Together::in_lanes(1)), Arc::new(Semaphore::new(0)));
        let submit = |job| together.submit(job, Doubling(Arc::clone(&gate)));
        let (mut first, mut second) = (Box::pin(submit(7)), Box::pin(submit(3)));
        assert!(futures_util::poll!(&mut first).is_pending());
        tokio::task::yield_now().await;
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(second);
        gate.add_permits(100);
        let (first, third) = tokio::join!(first, submit(4));
        assert!(matches!(first, Err(Error::Internal(_))));
        assert_eq!(third.unwrap(), (8, 1));
        assert_eq!(together.state.lock().unwrap().running, 0);
    }

    /// As the number, but worth waiting for.
    struct Awaited(usize);

    impl Size for Awaited {
        const FULL: usize = 10;
        const MOMENT: Duration = Duration::from_secs(60);
        fn size(&self) -> usize {
            self.0
        }
    }

    impl Work<Awaited, usize> for Doubling {
        async fn go(self, asked: Vec<Asked<Awaited, usize>>) {
            self.0.acquire().await.unwrap().forget();
            let count = asked.len();
            asked.into_iter().for_each(|one| one.answer(Ok(count)));
        }
    }

    #[tokio::test]
    async fn a_go_waits_for_those_whom_the_last_one_has_answered() {
        let (together, gate) = (Arc::new(Together::in_lanes(1)), Arc::new(Semaphore::new(0)));
        let submit = |job| together.submit(Awaited(job), Doubling(Arc::clone(&gate)));
        let mut first = Box::pin(submit(1));
        assert!(futures_util::poll!(&mut first).is_pending());
        tokio::task::yield_now().await;
        let again = async {
            gate.add_permits(100);
            (first.await.unwrap(), submit(1).await.unwrap())
        };
        let (second, third, again) = tokio::join!(submit(1), submit(1), again);
        assert_eq!((again, second.unwrap(), third.unwrap()), ((1, 3), 3, 3));
        // Whoever asks when all others are served waits for those that may come again, once.
        let all = join_all([1, 1, 1].map(submit)).await;
        assert_eq!(all.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [3, 3, 3]);
    }

    /// Waits for a sign over nine, and over nothing else.
    #[derive(Clone)]
    struct Waiting(Arc<Semaphore>);

    impl Work<usize, ()> for Waiting {
        async fn go(self, asked: Vec<Asked<usize, ()>>) {
            if asked.iter().any(|one| one.job == 9) {
                self.0.acquire().await.unwrap().forget();
            }
            asked.into_iter().for_each(|one| one.answer(Ok(())));
        }
    }

    #[tokio::test]
    async fn others_go_beside_one_that_takes_long() {
        let (together, sign) = (Arc::new(Together::in_lanes(2)), Arc::new(Semaphore::new(0)));
        let submit = |job| together.submit(job, Waiting(Arc::clone(&sign)));
        let mut long = Box::pin(submit(9));
        assert!(futures_util::poll!(&mut long).is_pending());
        tokio::task::yield_now().await;
        // One that waited when it became long, and one that came later.
        submit(1).await.unwrap();
        submit(1).await.unwrap();
        assert!(futures_util::poll!(&mut long).is_pending());
        sign.add_permits(1);
        long.await.unwrap();
        assert_eq!(together.state.lock().unwrap().running, 0);
    }
}
