//! What is done about a node that is bought: its request, the answer to it, and what comes of that.
//!
//! Each call does one small thing and says what came of it. Nothing here waits, and nothing is tried twice: that, and
//! what anything costs, is the engine's business.

use std::sync::Arc;

use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::id::{Hash, NodeId};
use retake_engine::money::Money;
use retake_engine::performer::{Action, Answer, Artifact, Delivery, Inputs, Task};

use super::shop::undelivered;
use super::{ANSWER, Fell, Job, Kit, PICTURE_BYTES, code, internal, keep, order, stored};
use crate::providers::{Card, File, Given, Made, Progress, Provider, Request, Submitted, Work};
use crate::recipe::{Code, Recipe, Step};

/// The largest stored request: pictures may be in it.
const REQUEST_BYTES: u64 = 256 << 20;
/// What came of an action.
pub(crate) enum Came {
    /// Word of it.
    Word(Answer),
    /// What was made, which is paid for: it needs a receipt.
    Goods(Delivery),
}

/// Does one action of a take that is bought.
pub(crate) async fn perform(kit: &Arc<Kit>, action: &Action) -> Came {
    match act(kit, action).await {
        Ok(came) => came,
        Err(fell) => Came::Word(Answer::Failed(*fell)),
    }
}

async fn act(kit: &Arc<Kit>, action: &Action) -> Result<Came, Fell> {
    let card: Card = serde_json::from_str(&action.card).map_err(|_| {
        let what = format!("the card of `{}` was written by another version", action.entry);
        Fault::new(Class::Invalid, Acceptance::No, what).hint("run the plan anew: `retake run FILE`")
    })?;
    let provider = kit.shop.provider(&card.provider)?;
    let buyer = Buyer { kit, action, card: &card, provider: &*provider };
    match &action.task {
        Task::Prepare { inputs } => buyer.prepare(inputs).await.map(Came::Word),
        Task::Submit { request } => buyer.submit(request).await,
        Task::Poll { ticket } => buyer.poll(Work { card: &card, ticket }).await.map(Came::Word),
        Task::Fetch { ticket } => buyer.fetch(Work { card: &card, ticket }).await.map(Came::Goods),
        // Who has no list can only be asked for a receipt of our own, which the host has looked for.
        Task::Find { .. } if !kit.shop.seller(&card.provider)?.lists(&card) => {
            Ok(Came::Word(Answer::Candidates(Vec::new())))
        }
        Task::Find { request, since } => {
            let request = buyer.request(request).await?;
            let found = provider.find(&card, &request, *since).await?;
            Ok(Came::Word(Answer::Candidates(found)))
        }
        Task::Cancel { ticket } => {
            provider.cancel(Work { card: &card, ticket }).await?;
            Ok(Came::Word(Answer::Heard))
        }
        Task::Work { .. } => Err(internal("what is made here is not bought")),
    }
}

/// One action, and all that it needs.
struct Buyer<'b> {
    kit: &'b Arc<Kit>,
    action: &'b Action,
    card: &'b Card,
    provider: &'b dyn Provider,
}

impl Buyer<'_> {
    fn recipe(&self) -> Result<Recipe, Fell> {
        Recipe::read(&self.action.recipe).ok_or_else(|| {
            let what = format!("the recipe of `{}` was written by another version", self.action.take.node);
            let fault = Fault::new(Class::Invalid, Acceptance::No, what);
            fault.hint("run the plan anew: `retake run FILE`").into()
        })
    }

    /// The request is built, its pictures are handed over, and it is stored and priced.
    async fn prepare(&self, inputs: &Inputs) -> Result<Answer, Fell> {
        let recipe = self.recipe()?;
        self.kit.shop.check(self.action.take.run, self.card, self.provider).await?;
        let mark = Hash::of_text(&self.action.take.to_string());
        let wish = order::of(&recipe.step, inputs, self.card, mark);
        let mut wish = wish.ok_or_else(|| internal(format!("nobody sells a `{}`", recipe.step.name())))?;
        if let Some(hash) = order::picture(inputs, self.card) {
            wish.image = Some(self.hand_over(hash).await?);
        }
        if let Some(most) = self.card.max_chars
            && wish.prompt.chars().count() > usize::try_from(most).unwrap_or(usize::MAX)
        {
            let what = format!("`{}` takes texts of {most} characters at most", self.action.entry);
            let fault = Fault::new(Class::Invalid, Acceptance::No, what);
            return Err(fault.hint("shorten the text, or split the scene").into());
        }
        let request = self.provider.request(&wish)?;
        let worst = self.card.price.of(&request.units);
        let bytes = serde_json::to_vec(&request).map_err(|why| internal(why.to_string()))?;
        let request = self.blocking(move |kit| kit.artifacts.put_bytes(&bytes).map_err(|error| stored(&error))).await?;
        Ok(Answer::Prepared { request, worst })
    }

    /// Hands a picture of ours over, or lets it go along.
    async fn hand_over(&self, hash: Hash) -> Result<Given, Fell> {
        let bytes: Arc<[u8]> = self
            .blocking(move |kit| kit.artifacts.read(&hash, PICTURE_BYTES).map_err(|error| stored(&error)))
            .await?
            .into();
        let uploaded = self.provider.upload("image/png", Arc::clone(&bytes)).await?;
        Ok(order::given(uploaded, "image/png", bytes))
    }

    async fn request(&self, hash: &Hash) -> Result<Request, Fell> {
        let hash = *hash;
        let bytes =
            self.blocking(move |kit| kit.artifacts.read(&hash, REQUEST_BYTES).map_err(|error| stored(&error))).await?;
        serde_json::from_slice(&bytes).map_err(|why| internal(format!("a stored request cannot be read: {why}")))
    }

    /// Whatever happens once an answer is there, the work was accepted: nothing of it is given back.
    async fn submit(&self, request: &Hash) -> Result<Came, Fell> {
        let request = self.request(request).await?;
        match self.provider.submit(self.card, &request).await? {
            Submitted::Ticket(ticket) => Ok(Came::Word(Answer::Ticket(ticket))),
            Submitted::Made(made) => {
                let charge = made.charge;
                let kept = self.keep(made).await;
                kept.map(Came::Goods).map_err(|mut fell| {
                    fell.fault.acceptance = Acceptance::Yes;
                    fell.charge = fell.charge.or(charge);
                    fell
                })
            }
        }
    }

    async fn poll(&self, work: Work<'_>) -> Result<Answer, Fell> {
        Ok(match self.provider.poll(work).await? {
            Progress::Pending { after, begun } => Answer::Pending { after, begun },
            Progress::Succeeded { charge } => Answer::Succeeded { charge },
            Progress::Gone => Answer::Gone,
        })
    }

    /// An address that is gone is asked for anew, once: some providers give a fresh one each time.
    async fn fetch(&self, work: Work<'_>) -> Result<Delivery, Fell> {
        match self.keep(self.provider.fetch(work).await?).await {
            Err(fell) if fell.fault.class == Class::Defective && is_gone(&fell.fault) => {
                self.keep(self.provider.fetch(work).await?).await
            }
            kept => kept,
        }
    }

    /// Fetches the file that was made, looks at it, and puts it into our own form.
    async fn keep(&self, made: Made) -> Result<Delivery, Fell> {
        let recipe = self.recipe()?;
        let Made { files, words, text, charge, answer } = made;
        if let Step::Code(wish) = &recipe.step {
            return self.read(wish, text.unwrap_or_default(), charge, answer).await;
        }
        let first = files.into_iter().next().ok_or_else(|| {
            Fault::new(Class::Defective, Acceptance::Yes, format!("{} made nothing", self.card.provider))
        })?;
        let room = self.blocking(|kit| kit.artifacts.workspace("bought").map_err(|error| stored(&error))).await?;
        let file = room.path().join("file");
        match first {
            File::Address(address) => {
                let fetched = self.kit.shop.fetch(self.card, &address, &file).await;
                fetched.map_err(|error| undelivered(&error))?;
            }
            File::Bytes(bytes) => {
                let into = file.clone();
                self.blocking(move |_| keep::write(&into, &bytes)).await?;
            }
        }
        let (node, entry) = (self.action.take.node.clone(), self.action.entry.clone());
        let mut delivery = self
            .blocking(move |kit| {
                let job = Job {
                    kit,
                    node: &node,
                    entry: &entry,
                    recipe: &recipe,
                    inputs: std::collections::HashMap::<&NodeId, _>::new(),
                    journal: &|| None,
                };
                let delivery = keep::file(&job, &file, &words)?;
                let answer = job.keep_bytes(answer.as_bytes())?;
                drop(room);
                Ok((delivery, answer))
            })
            .await
            .map(|(mut delivery, answer)| {
                delivery.outputs.artifacts.push(Artifact { role: ANSWER.into(), hash: answer });
                delivery
            })?;
        delivery.charge = charge;
        Ok(delivery)
    }

    /// Holds a text that was written against what it was to be.
    async fn read(&self, wish: &Code, text: String, charge: Option<Money>, answer: String) -> Result<Delivery, Fell> {
        let (wish, card, entry) = (wish.clone(), self.card.clone(), self.action.entry.clone());
        let read = self.blocking(move |kit| {
            let keep = |bytes: &[u8]| kit.artifacts.put_bytes(bytes).map_err(|error| stored(&error));
            let mut made = code::read(&wish, &text, &entry, &card, &keep)?;
            made.outputs.artifacts.push(Artifact { role: ANSWER.into(), hash: keep(answer.as_bytes())? });
            Ok(made)
        });
        match read.await {
            Ok(delivery) => Ok(Delivery { charge, ..delivery }),
            Err(mut fell) => {
                fell.charge = charge;
                Err(fell)
            }
        }
    }

    /// Does what takes its time where nobody waits for it.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Kit) -> Result<T, Fell> + Send + 'static,
    ) -> Result<T, Fell> {
        let kit = Arc::clone(self.kit);
        let done = tokio::task::spawn_blocking(move || work(&kit)).await;
        done.unwrap_or_else(|_| Err(internal("a step panicked")))
    }
}

/// Whether a fault says that an address has nothing any more.
fn is_gone(fault: &Fault) -> bool {
    fault.message.contains(" is gone: ")
}
