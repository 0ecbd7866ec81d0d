//! What many ask for at the same moment is done in one go: whoever comes while others are served waits for the next go,
//! and nobody waits for more to come.
use crate::{Error, Result};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::oneshot;

/// Jobs that wait to be done together, `J`, and what becomes of each, `A`.
#[derive(Debug)]
pub(crate) struct Together<J, A> {
    /// How many goes there may be at once.
    lanes: usize,
    state: Mutex<State<J, A>>,
}

#[derive(Debug)]
struct State<J, A> {
    waiting: VecDeque<Asked<J, A>>,
    running: usize,
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
    fn size(&self) -> usize;
}

/// Does many jobs at once, and answers each.
pub(crate) trait Work<J, A>: Clone + Send + 'static {
    fn go(self, asked: Vec<Asked<J, A>>) -> impl Future<Output = ()> + Send;
}

impl<J: Size + Send + 'static, A: Send + 'static> Together<J, A> {
    pub fn in_lanes(lanes: usize) -> Self {
        let state = State { waiting: VecDeque::new(), running: 0 };
        Self { lanes: lanes.max(1), state: Mutex::new(state) }
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

    /// Whether there is a lane for it that nobody is in.
    fn queue(&self, asked: Asked<J, A>) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.push_back(asked);
        let is_free = state.running < self.lanes;
        state.running += usize::from(is_free);
        is_free
    }

    /// One go after the other, until nobody waits.
    async fn run(self: Arc<Self>, work: impl Work<J, A>) {
        while let Some(asked) = self.next() {
            // In a task of its own: should it panic, only those are lost that are in it.
            tokio::spawn(work.clone().go(asked)).await.ok();
        }
    }

    /// Those of the next go; where there are none, the lane is left.
    fn next(&self) -> Option<Vec<Asked<J, A>>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
}
