use std::any::Any;
use std::marker::PhantomData;
use std::mem::take;
use std::ops::ControlFlow;
use std::os::raw::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex};

use crate::client::Client;
use crate::error::{check, Result};
use crate::ffi::*;
use crate::watch::{Event, Watched};

type Callback = Box<dyn FnMut(Event) -> ControlFlow<()> + Send>;

#[derive(Default)]
struct State {
    /// 0 once it has ended. Whoever makes it 0 lets go of what the library had.
    registration: u64,
    panic: Option<Box<dyn Any + Send>>,
}

struct Shared {
    client: *mut latzero_client,
    callback: Mutex<Callback>,
    state: Mutex<State>,
}

// SAFETY: the library takes calls on a client from any thread.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    fn end(self: &Arc<Shared>) {
        let registration = take(&mut self.state.lock().unwrap().registration);
        if registration != 0 {
            // SAFETY: behind it nobody calls with what the library had of this; call_back() has its own.
            unsafe {
                latzero_off(self.client, registration);
                Arc::decrement_strong_count(Arc::as_ptr(self));
            }
        }
    }
}

unsafe extern "C" fn call_back(event: *const latzero_event, user_data: *mut c_void) {
    let shared = user_data as *const Shared;
    Arc::increment_strong_count(shared);
    let shared = Arc::from_raw(shared);
    // No panic may unwind into C.
    let called = catch_unwind(AssertUnwindSafe(|| (shared.callback.lock().unwrap())(Event::of(&*event))));
    match called {
        Ok(ControlFlow::Continue(())) => return,
        Ok(ControlFlow::Break(())) => (),
        Err(panic) => shared.state.lock().unwrap().panic = Some(panic),
    }
    shared.end();
}

/// A callback that is called with each event, until this is dropped. That waits for the callback if it runs.
pub struct Subscription<'a> {
    shared: Arc<Shared>,
    client: PhantomData<&'a Client>,
}

// SAFETY: any thread may end it; its client is there as long.
unsafe impl Send for Subscription<'_> {}

impl Drop for Subscription<'_> {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl Subscription<'_> {
    /// Ends it, and panics as the callback did, if it did.
    pub fn close(self) {
        self.shared.end();
        let panic = self.shared.state.lock().unwrap().panic.take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Client {
    /// Calls a function with each event that such a watch would deliver, one after another, on a thread of the library,
    /// until it gives [`ControlFlow::Break`] or the subscription is dropped. One that panics is not called again:
    /// [`Subscription::close`] goes on with that.
    pub fn subscribe(
        &self, what: Watched, callback: impl FnMut(Event) -> ControlFlow<()> + Send + 'static,
    ) -> Result<Subscription<'_>> {
        let callback = Mutex::new(Box::new(callback) as Callback);
        let shared = Arc::new(Shared { client: self.handle(), callback, state: Mutex::default() });
        let theirs = Arc::into_raw(shared.clone());
        // An event that comes at once, and ends it, waits until the registration is known.
        let mut state = shared.state.lock().unwrap();
        let registration = &mut state.registration;
        let on = unsafe {
            latzero_on(self.handle(), &what.options(), Some(call_back), theirs as *mut c_void, registration)
        };
        drop(state);
        if on != status::OK {
            // SAFETY: the library has not taken it.
            unsafe { Arc::decrement_strong_count(theirs) };
        }
        check(on)?;
        Ok(Subscription { shared, client: PhantomData })
    }
}
