//! What is done about a node that is bought: its request, the answer to it, and what comes of that.
//!
//! Each call does one small thing and says what came of it. Nothing here waits, and nothing is tried twice: that, and
//! what anything costs, is the engine's business.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::id::{Hash, NodeId};
use retake_engine::money::Money;
use retake_engine::performer::{Action, Answer, Artifact, Delivery, Inputs, Task};

use super::shop::undelivered;
use super::{ANSWER, Fell, Job, Kit, PICTURE_BYTES, code, internal, keep, order, refs, stored};
use crate::film::Journals;
use crate::providers::card::From;
use crate::providers::{Card, File, Given, Made, Progress, Provider, Request, Submitted, Work};
use crate::recipe::{Code, Recipe, Step};

/// The largest stored request: pictures may be in it.
const REQUEST_BYTES: u64 = 256 << 20;

/// What is to be known of what is made, by name.
type Facts = BTreeMap<String, String>;

/// What came of an action.
pub(crate) enum Came {
    /// Word of it.
    Word(Answer),
    /// What was made, which is paid for: it needs a receipt.
    Goods(Delivery),
}

/// Does one action of a take that is bought.
pub(crate) async fn perform(kit: &Arc<Kit>, journals: &Arc<OnceLock<Journals>>, action: &Action) -> Came {
    match act(kit, journals, action).await {
        Ok(came) => came,
        Err(fell) => Came::Word(Answer::Failed(*fell)),
    }
}

async fn act(kit: &Arc<Kit>, journals: &Arc<OnceLock<Journals>>, action: &Action) -> Result<Came, Fell> {
    let card: Card = serde_json::from_str(&action.card).map_err(|_| {
        let what = format!("the card of `{}` was written by another version", action.entry);
        Fault::new(Class::Invalid, Acceptance::No, what).hint("run the plan anew: `retake run FILE`")
    })?;
    let provider = kit.shop.provider(&card.provider)?;
    let buyer = Buyer { kit, journals, action, card: &card, provider: &*provider };
    match &action.task {
        Task::Prepare { inputs } => buyer.prepare(inputs).await.map(Came::Word),
        Task::Submit { request } => buyer.submit(request).await,
        Task::Poll { ticket } => buyer.poll(Work { card: &card, ticket }).await.map(Came::Word),
        Task::Fetch { ticket, request } => {
            let facts = buyer.facts(request.as_ref()).await;
            buyer.fetch(Work { card: &card, ticket }, &facts).await.map(Came::Goods)
        }
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
    journals: &'b Arc<OnceLock<Journals>>,
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
        self.kit.shop.check(&self.action.card, self.card, self.provider).await?;
        let desk = self.kit.shop.desk(&self.card.provider);
        let _place = desk.acquire().await.map_err(|_| internal("nobody may order any more"))?;
        let mark = Hash::of_text(&self.action.take.to_string());
        let wish = order::of(&recipe.step, inputs, self.card, mark);
        let mut wish = wish.ok_or_else(|| internal(format!("nobody sells a `{}`", recipe.step.name())))?;
        if let Some(hash) = order::picture(&recipe, inputs, self.card) {
            wish.image = Some(self.hand_over(hash).await?);
        }
        let mut facts = BTreeMap::new();
        wish.refs = self.refs(&recipe, inputs, &mut facts).await?;
        self.mind_picture(&recipe, inputs, &mut facts).await?;
        if let Some(most) = self.card.max_chars
            && wish.prompt.chars().count() > usize::try_from(most).unwrap_or(usize::MAX)
        {
            let what = format!("`{}` takes texts of {most} characters at most", self.action.entry);
            let fault = Fault::new(Class::Invalid, Acceptance::No, what);
            return Err(fault.hint("shorten the text, or split the scene").into());
        }
        let request = Request { facts, ..self.provider.request(&wish)? };
        let address = self.kit.shop.calls.address(&self.card.provider, &self.action.take);
        let calling = address.and_then(|address| self.provider.calling(&request, &address));
        let request = calling.unwrap_or(request);
        let worst = self.card.price.of(&request.units);
        let bytes = serde_json::to_vec(&request).map_err(|why| internal(why.to_string()))?;
        let put = move |kit: &Kit| kit.artifacts.put_bytes(&bytes).map_err(|error| stored(&error));
        // A thousand new films must not keep the disk from those who bring what was paid for.
        let _pen = self.kit.pen.acquire().await.map_err(|_| internal("nobody may order any more"))?;
        Ok(Answer::Prepared { request: self.blocking(put).await?, worst })
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

    /// The pictures that go along. One that cannot be handed over is tried once more, as often as anything else is; then
    /// it is done without, unless the plan says otherwise.
    async fn refs(&self, recipe: &Recipe, inputs: &Inputs, facts: &mut Facts) -> Result<Vec<Given>, Fell> {
        let all = recipe.step.refs();
        let sent = refs::sent(all, inputs, self.card);
        let required = all.iter().filter(|one| one.required).count();
        if self.card.takes_refs() && sent.iter().filter(|(one, _)| one.required).count() < required {
            let most = self.card.max_refs;
            let what = format!("`{}` takes {most} pictures at most, and {required} are required", self.action.entry);
            let fault = Fault::new(Class::Invalid, Acceptance::No, what);
            return Err(fault.hint("take some out, or say of fewer of them that they are `required`").into());
        }
        let mut without = self.reasons(&refs::lacking(all, inputs, self.card)).await?;
        let mut given = Vec::new();
        for (one, hash) in sent {
            match self.hand_over(hash).await {
                Ok(picture) => given.push(picture),
                Err(fell) if one.required || self.kit.shop.stumbles(&self.action.take, &fell.fault) => {
                    return Err(fell);
                }
                Err(fell) => without.push(format!("`{}` could not be handed over: {}", one.from, fell.fault.message)),
            }
        }
        if !without.is_empty() {
            facts.insert("refs".to_owned(), without.join("; "));
        }
        Ok(given)
    }

    /// Says so where a clip is made from words because its picture was not made.
    async fn mind_picture(&self, recipe: &Recipe, inputs: &Inputs, facts: &mut Facts) -> Result<(), Fell> {
        let picture = recipe.picture();
        let wants = matches!(recipe.step, Step::Video(_)) && self.card.begins_with(From::Image);
        if wants && !inputs.iter().any(|(node, _)| *node == picture) {
            let reasons = self.reasons(&[&picture]).await?;
            facts.insert("picture".to_owned(), reasons.join("; "));
        }
        Ok(())
    }

    /// Why these nodes were not made.
    async fn reasons(&self, nodes: &[&NodeId]) -> Result<Vec<String>, Fell> {
        if nodes.is_empty() {
            return Ok(Vec::new());
        }
        let (journals, run) = (Arc::clone(self.journals), self.action.take.run);
        let nodes: Vec<NodeId> = nodes.iter().map(|node| (*node).clone()).collect();
        self.blocking(move |_| {
            let journal = journals.get().and_then(|read| read(run));
            Ok(refs::why(&nodes, journal.as_deref()))
        })
        .await
    }

    async fn request(&self, hash: &Hash) -> Result<Request, Fell> {
        let hash = *hash;
        let bytes =
            self.blocking(move |kit| kit.artifacts.read(&hash, REQUEST_BYTES).map_err(|error| stored(&error))).await?;
        serde_json::from_slice(&bytes).map_err(|why| internal(format!("a stored request cannot be read: {why}")))
    }

    /// What is to be known of what a request makes. Where it is lost, what was paid for is fetched all the same.
    async fn facts(&self, request: Option<&Hash>) -> Facts {
        match request {
            Some(request) => self.request(request).await.map_or_else(|_| Facts::new(), |request| request.facts),
            None => Facts::new(),
        }
    }

    /// Whatever happens once an answer is there, the work was accepted: nothing of it is given back.
    async fn submit(&self, request: &Hash) -> Result<Came, Fell> {
        let request = self.request(request).await?;
        match self.provider.submit(self.card, &request).await? {
            Submitted::Ticket(ticket) => Ok(Came::Word(Answer::Ticket(ticket))),
            Submitted::Made(made) => {
                let charge = made.charge;
                let kept = self.keep(made, &request.facts).await;
                kept.map(Came::Goods).map_err(|mut fell| {
                    fell.fault.acceptance = Acceptance::Yes;
                    fell.charge = fell.charge.or(charge);
                    fell
                })
            }
        }
    }

    async fn poll(&self, work: Work<'_>) -> Result<Answer, Fell> {
        let (calls, provider, take) = (&self.kit.shop.calls, &self.card.provider, &self.action.take);
        let answer = match self.provider.poll(work).await {
            Ok(Progress::Pending { after, begun }) => {
                return Ok(Answer::Pending { after: after.max(calls.seldom(provider, take)), begun });
            }
            Ok(Progress::Succeeded { charge }) => Ok(Answer::Succeeded { charge }),
            Ok(Progress::Gone) => Ok(Answer::Gone),
            Err(fell) => Err(fell),
        };
        // What only could not be asked has not ended.
        if answer.as_ref().map_or_else(|fell| fell.fault.acceptance == Acceptance::Yes, |_| true) {
            calls.ended(provider, take);
        }
        answer
    }

    /// An address that is gone is asked for anew, once: some providers give a fresh one each time.
    async fn fetch(&self, work: Work<'_>, facts: &Facts) -> Result<Delivery, Fell> {
        match self.keep(self.provider.fetch(work).await?, facts).await {
            Err(fell) if fell.fault.class == Class::Defective && is_gone(&fell.fault) => {
                self.keep(self.provider.fetch(work).await?, facts).await
            }
            kept => kept,
        }
    }

    /// Fetches the file that was made, looks at it, and puts it into our own form.
    async fn keep(&self, made: Made, facts: &Facts) -> Result<Delivery, Fell> {
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
                    // What was bought is there already.
                    salt: 0,
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
        let facts = facts.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into()));
        delivery.outputs.facts.extend(facts);
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
        let _turn = self.kit.disk.acquire().await.map_err(|_| internal("nobody may write any more"))?;
        let done = tokio::task::spawn_blocking(move || work(&kit)).await;
        done.unwrap_or_else(|_| Err(internal("a step panicked")))
    }
}

/// Whether a fault says that an address has nothing any more.
fn is_gone(fault: &Fault) -> bool {
    fault.message.contains(" is gone: ")
}
