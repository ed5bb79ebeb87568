//! The page as people see it: the real program, the providers played beside it, and a browser that nobody looks at.
//!
//! The browser is told what to do as any program may tell it, over WebDriver. Where this machine has none, these tests
//! say so and pass: `make test` installs one where it can.

mod driver;
mod film;
mod hostile;

use driver::Browser;

use crate::cli::paid::Stage;
use crate::web::Service;

/// The service of a stage, at an address of its own or at one that it had before.
fn serve(stage: &Stage, at: &str) -> Service {
    Service::of(stage.command(&["serve", "--listen", at, "--json"]))
}

impl Browser {
    /// Begins the film of a plan with the page's own editor; says where its run is shown.
    #[track_caller]
    fn make(&self, service: &Service, plan: &str) -> String {
        self.go(&format!("{}/new", service.origin()));
        self.write("#plan", plan);
        // Of what was written, not of what stood there before.
        let told = "document.getElementById('told')?.textContent.startsWith('Reuse 0, make ')";
        self.until("the quote", &format!("{told} && !document.getElementById('beside').hasAttribute('aria-busy')"));
        self.press("#editor button.primary:not([formaction])");
        self.until("the run", "location.pathname.startsWith('/runs/') && !!document.getElementById('says')");
        self.text("location.pathname")
    }

    /// Waits until the page says that its run stands there.
    #[track_caller]
    fn stands(&self, word: &str) {
        self.until(word, &format!("document.querySelector('.lead .chip').textContent.includes('{word}')"));
    }
}
