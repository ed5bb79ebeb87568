//! A server for assistants: tools over standard input and output, by the Model Context Protocol.
//!
//! Owns the session and what its tools are called. Every use case is [`app`](crate::app)'s, reached through the door as
//! the command line reaches it. What is written to the standard output is protocol; talk goes where it always goes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler, ServiceExt as _};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::app::Trouble;
use crate::door::Way;

mod keeper;
mod plans;
mod told;
mod tools;

use keeper::Keeper;

/// How many threads answer; what takes long has threads of its own.
const THREADS: usize = 2;
/// How often it is looked whether the data directory can be left to others.
const BETWEEN: Duration = Duration::from_secs(1);
/// How long the end waits for answers that are under way.
const END: Duration = Duration::from_secs(2);

const ABOUT: &str = "Makes films of plans (YAML) out of generated parts, and survives what goes wrong. `quote` says what a \
                     plan would make and cost, `run` makes it once that is agreed to, `watch` waits for news of it, \
                     `film` shows what came of it. Work goes on after a crash; nothing is paid twice; a run never spends \
                     past its cap. What raises a cap is a person's to type: `retake budget RUN USD`.";

/// What all tools work with.
struct Desk {
    keeper: Keeper,
    /// Where the assistant works.
    folder: PathBuf,
}

/// What a tool answers.
#[derive(Debug)]
struct Answer {
    value: Value,
    /// A picture to look at, as JPEG.
    picture: Option<Vec<u8>>,
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self { value, picture: None }
    }
}

/// A session with one assistant.
#[derive(Clone)]
struct Session(Arc<Desk>);

impl ServerHandler for Session {
    fn get_info(&self) -> ServerConfig {
        let name = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let tools = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(tools).with_server_info(name).with_instructions(ABOUT)
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all().iter().map(tools::Tool::described).collect()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = tools::all().iter().find(|tool| tool.name == call.name) else {
            return Err(ErrorData::invalid_params(format!("there is no tool `{}`", call.name), None));
        };
        let arguments = Value::Object(call.arguments.unwrap_or_default());
        // A wait is done here, where it costs no thread.
        let answer = match tool.act {
            tools::Act::At(act) => at(&self.0, move |desk| act(desk, arguments)).await,
            tools::Act::Watch => tools::watch(&self.0, arguments).await,
        };
        Ok(answer.map_or_else(|trouble| refused(&trouble), given).into())
    }
}

/// Does what waits for the disk or for the owner where waiting is allowed.
async fn at<T: Send + 'static>(
    desk: &Arc<Desk>,
    act: impl FnOnce(&Desk) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let desk = Arc::clone(desk);
    let done = tokio::task::spawn_blocking(move || act(&desk)).await;
    done.unwrap_or_else(|_| Err(Trouble::internal("this is a mistake of retake").hint("please report it")))
}

fn given(answer: Answer) -> CallToolResult {
    let mut result = CallToolResult::structured(answer.value);
    if let Some(picture) = answer.picture {
        result.content.push(ContentBlock::image(STANDARD.encode(picture), "image/jpeg"));
    }
    result
}

/// What was not done is said as people are told it: the assistant is to read it, and act on the hint.
fn refused(trouble: &Trouble) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(trouble.to_string())])
}

/// A server that can be ended from another thread.
pub(crate) struct Server {
    desk: Arc<Desk>,
    ended: watch::Sender<bool>,
}

impl Server {
    /// For whoever works in this folder.
    pub(crate) fn new(way: Way, folder: PathBuf) -> Self {
        Self { desk: Arc::new(Desk { keeper: Keeper::new(way), folder }), ended: watch::Sender::new(false) }
    }

    /// What ends it: nothing new is begun, and what was sent is waited for.
    pub(crate) fn stopper(&self) -> Arc<dyn Fn() + Send + Sync> {
        let (desk, ended) = (Arc::clone(&self.desk), self.ended.clone());
        Arc::new(move || {
            desk.keeper.stop();
            let _ = ended.send(true);
        })
    }

    /// Answers until the assistant hangs up or somebody ends it.
    pub(crate) fn serve(&self) -> Result<(), Trouble> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("retake-mcp")
            .enable_all()
            .build()
            .map_err(|error| Trouble::internal(format!("cannot start the server: {error}")))?;
        let served = runtime.block_on(self.talk());
        self.desk.keeper.stop();
        runtime.shutdown_timeout(END);
        self.desk.keeper.close();
        served
    }

    async fn talk(&self) -> Result<(), Trouble> {
        let session = Session(Arc::clone(&self.desk));
        let mut ended = self.ended.subscribe();
        let talk = async {
            // Somebody who hangs up before a word was said wanted nothing.
            if let Ok(running) = session.clone().serve(rmcp::transport::stdio_pipes()).await {
                let _ = running.waiting().await;
            }
        };
        let idle = async {
            loop {
                tokio::time::sleep(BETWEEN).await;
                let leave = |desk: &Desk| {
                    desk.keeper.leave_if_idle();
                    Ok(())
                };
                let _ = at(&session.0, leave).await;
            }
        };
        tokio::select! {
            () = talk => {}
            () = idle => {}
            _ = ended.wait_for(|ended| *ended) => {}
        }
        Ok(())
    }
}

/// The words in which arguments are asked for that do not fit.
fn read<T: serde::de::DeserializeOwned>(arguments: Value) -> Result<T, Trouble> {
    serde_json::from_value(arguments).map_err(|error| {
        Trouble::usage(format!("the arguments do not fit: {error}")).hint("`tools/list` has their schema")
    })
}

/// A text of a schema.
fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}
