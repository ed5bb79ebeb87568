//! The role of the provider: it outlives its customers, and what it has taken on is owed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::books::{Books, now};
use crate::options::{Hold, Options};
use crate::tell;
use crate::wire::{Wish, Word, read_line, write_line};

/// What is waited for longer than this will not come.
const PATIENCE: Duration = Duration::from_secs(60);

struct Provider {
    books: Books,
    lag: Duration,
    late: Duration,
    work: Duration,
    door: Mutex<Door>,
    moved: Condvar,
}

/// Who is being served, and what is put off.
#[derive(Default)]
struct Door {
    /// Connections, in the order in which they came.
    guests: u64,
    hold: Option<Hold>,
}

/// Serves until its input ends. Its output begins with the port; then it tells what it receives and accepts.
pub(crate) fn play(options: &Options) -> Result<(), io::Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let provider = Arc::new(Provider {
        books: Books::new(options.class, File::options().create(true).append(true).open(&options.log)?),
        lag: options.lag,
        late: options.late,
        work: options.work,
        door: Mutex::new(Door { guests: 0, hold: options.hold }),
        moved: Condvar::new(),
    });
    writeln!(io::stdout(), "{}", listener.local_addr()?.port())?;
    let _listening = thread::Builder::new().name("door".into()).spawn(move || receive(&listener, &provider))?;
    io::stdin().read_to_end(&mut Vec::new()).map(|_| ())
}

fn receive(listener: &TcpListener, provider: &Arc<Provider>) {
    for guest in listener.incoming().flatten() {
        // Counted before the next one is let in: who asks for quiet comes after all that came before.
        provider.door().guests += 1;
        let serving = Arc::clone(provider);
        let served = thread::Builder::new().name("guest".into()).spawn(move || serving.serve(&guest));
        if let Err(why) = served {
            tell(format!("a customer is not served: {why}"));
        }
    }
}

impl Provider {
    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().expect("nobody panics at the door")
    }

    /// A customer who leaves before the answer has still bought.
    fn serve(&self, guest: &TcpStream) {
        let wish = guest.set_read_timeout(Some(PATIENCE)).and_then(|()| read_line(guest));
        if let Ok(Some(wish)) = wish {
            match self.answer(wish) {
                Ok(word) => drop(write_line(guest, &word)),
                Err(why) => tell(format!("the provider cannot keep its books: {why}")),
            }
        }
        self.door().guests -= 1;
        self.moved.notify_all();
    }

    fn answer(&self, wish: Wish) -> io::Result<Word> {
        Ok(match wish {
            Wish::Submit { take, request, key, price, synchronous } => {
                let read = now();
                writeln!(io::stdout(), "received {take}")?;
                dawdle(self.late);
                self.wait_for_door(Hold::Acceptance)?;
                let ticket = self.books.accept(&take, request, key, price, read)?;
                writeln!(io::stdout(), "accepted {ticket}")?;
                self.wait_for_door(Hold::Answer)?;
                if !synchronous {
                    return Ok(Word::Accepted { ticket });
                }
                dawdle(self.work);
                self.books.outputs(&ticket)
            }
            Wish::Poll { ticket } => self.books.poll(&ticket, self.work),
            Wish::Fetch { ticket } => self.books.outputs(&ticket),
            Wish::List => self.books.list(self.lag),
            Wish::Cancel { ticket } => self.books.cancel(&ticket),
            Wish::Open => {
                self.door().hold = None;
                self.moved.notify_all();
                Word::Heard
            }
            Wish::Quiet => self.quiet()?,
        })
    }

    /// Waits for as long as this is put off.
    fn wait_for_door(&self, what: Hold) -> io::Result<()> {
        let waited = self.moved.wait_timeout_while(self.door(), PATIENCE, |door| door.hold == Some(what));
        let (door, _) = waited.expect("nobody panics at the door");
        if door.hold == Some(what) { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }

    /// Waits until nobody else is being served.
    fn quiet(&self) -> io::Result<Word> {
        let busy = |door: &mut Door| door.guests > 1;
        let waited = self.moved.wait_timeout_while(self.door(), PATIENCE, busy);
        let (door, _) = waited.expect("nobody panics at the door");
        if door.guests > 1 { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Word::Heard) }
    }
}

/// A request that has arrived is not accepted yet: gateways and queues lie between. And work takes its time.
#[expect(clippy::disallowed_methods, reason = "the provider plays the slowness that the engine must allow for")]
fn dawdle(span: Duration) {
    if !span.is_zero() {
        thread::sleep(span);
    }
}
