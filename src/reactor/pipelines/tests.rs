//! With programs of a test's own, named as those that may be started and looked for in a folder of its own; and with the
//! real ones, where they are installed.

use std::fs;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::*;
use crate::vocabulary::{Millis, Service};

mod left;
mod real;

/// Passes on what it reads, byte by byte.
const ECHO: &str = "exec cat";
/// Answers each text with itself and does something more; of bash, which can read until a NUL.
const ANSWER: &str = "while IFS= read -r -d '' text; do printf '%s' \"$text\"; MORE; done";
const TOO_LONG: Duration = Duration::from_secs(60);

/// A folder with programs, data and pipelines, gone with the test.
pub(super) struct Place(PathBuf);

impl Place {
    pub(super) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("dragoman-pipelines-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        for part in ["bin", "modes"] {
            fs::create_dir_all(folder.join(part)).unwrap();
        }
        let place = Self(folder);
        place.program("apertium-run");
        place
    }

    pub(super) fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    pub(super) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }

    pub(super) fn mode(&self, name: &str, line: &str) {
        self.file(&format!("modes/{name}.mode"), line);
    }

    /// A program under this name, which runs the script that is its data. A link: what is written in one thread can for a
    /// moment not be started by another.
    pub(super) fn program(&self, name: &str) {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/src/reactor/pipelines/tests/program.sh");
        std::os::unix::fs::symlink(program, self.0.join("bin").join(name)).unwrap();
    }

    /// A pipeline of one program.
    fn pipeline(&self, name: &str, script: &str) {
        let script = self.file(&format!("script-{name}"), script);
        self.mode(name, &format!("apertium-run '{script}'"));
    }

    pub(super) fn setup(&self) -> PipelineSetup {
        let mut path = vec![self.0.join("bin")];
        path.extend(["/usr/bin", "/bin"].map(PathBuf::from));
        PipelineSetup {
            path,
            threads: 2,
            pause: Duration::ZERO,
            ..PipelineSetup::new(Service::APERTIUM, self.0.join("modes"))
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A crew, and word of each wake.
struct Scene {
    _place: Option<Place>,
    crew: Crew,
    told: VecDeque<Event<'static>>,
    woken: Receiver<()>,
}

impl Scene {
    fn of(setup: PipelineSetup) -> Self {
        let (wake, woken) = mpsc::channel();
        let wake: Wake = Arc::new(move || wake.send(()).unwrap_or_default());
        Self { _place: None, crew: Crew::start(setup, &wake).unwrap(), told: VecDeque::new(), woken }
    }

    fn at(place: Place) -> Self {
        Self::at_with(place, |_| ())
    }

    fn at_with(place: Place, change: impl Fn(&mut PipelineSetup)) -> Self {
        let mut setup = place.setup();
        change(&mut setup);
        Self { _place: Some(place), ..Self::of(setup) }
    }

    fn submit(&mut self, job: u64, work: PipelineWork) {
        let (label, service, timeout) = (String::new(), Service::APERTIUM, Millis(60_000));
        assert!(self.crew.admit());
        self.crew.submit(JobId(job), PipelineCall { label, service, work, timeout }, &mut self.told);
    }

    fn ask(&mut self, job: u64, chain: &[&str], text: &str) {
        let chain = chain.iter().map(|name| (*name).to_owned()).collect();
        self.submit(job, PipelineWork::Run { chain, text: text.to_owned() });
    }

    /// Waits for the end of a job, whichever is next.
    fn told(&mut self) -> (u64, Result<String, JobFailure>) {
        loop {
            match self.told.pop_front() {
                Some(Event::JobDone { job, outcome: JobOutcome::Answered(answer) }) => {
                    return (job.0, Ok(String::from_utf8(answer.body.to_vec()).unwrap()));
                }
                Some(Event::JobDone { job, outcome: JobOutcome::Failed { why, .. } }) => {
                    return (job.0, Err(why));
                }
                Some(event) => panic!("{event:?}"),
                None => self.turn(),
            }
        }
    }

    /// Waits until a thread has something to tell, and takes it in.
    fn turn(&mut self) {
        self.woken.recv_timeout(TOO_LONG).unwrap();
        self.crew.collect(&mut self.told);
    }

    /// What becomes of a text.
    fn say(&mut self, chain: &[&str], text: &str) -> Result<String, JobFailure> {
        self.ask(77, chain, text);
        let (job, said) = self.told();
        assert_eq!(job, 77);
        said
    }

    /// The processes of a pipeline that no thread has.
    fn ids(&self, name: &str) -> Vec<u32> {
        self.crew.idle.get(name).map_or_else(Vec::new, Pipeline::ids)
    }
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
}

fn lives(id: u32) -> bool {
    test_kill_process(pid(id)).is_ok()
}

fn text(text: &str) -> Result<String, JobFailure> {
    Ok(text.to_owned())
}

/// A place with a pipeline of each kind.
fn place(name: &str) -> Place {
    let place = Place::new(name);
    place.pipeline("echo", ECHO);
    place.pipeline("other", ECHO);
    place.mode("three", &vec![format!("apertium-run {}", place.path("script-echo")); 3].join(" | "));
    place.pipeline("mute", "while IFS= read -r -d '' text; do :; done");
    place.pipeline("ends", "read -r -d '' text; exit 0");
    place.pipeline("endless", "exec yes");
    place.pipeline("stranger", "while IFS= read -r -d '' text; do printf '[=9]x\\0'; done");
    place.pipeline("twice", &ANSWER.replace("MORE", "printf '\\0more'"));
    place.pipeline("upper", &ANSWER.replace("\"$text\"", "\"${text^^}\"").replace("MORE", "printf '\\0'"));
    place
}

#[test]
fn a_text_comes_back_through_all_programs_and_the_same_ones_serve_again() {
    let mut scene = Scene::at(place("through"));
    assert_eq!(scene.say(&["three"], "Hola.[]\n"), text("Hola.[]\n"));
    let ids = scene.ids("three");
    assert_eq!(ids.len(), 3);
    assert_eq!(scene.say(&["three"], "Adiós"), text("Adiós"));
    assert_eq!(scene.ids("three"), ids);
    assert_eq!(scene.say(&["echo", "upper", "other"], "*a #b [#0]\\*c"), text("A B [#0]\\*C"));
    assert_eq!(scene.say(&["echo"], ""), text(""));
    assert_eq!(scene.say(&["echo"], "a\0b"), text("ab"));
    assert_eq!(scene.say(&[], "as it is"), text("as it is"));
}

#[test]
fn what_is_installed_is_listed() {
    let place = Place::new("list");
    place.pipeline("spa-eng", ECHO);
    place.pipeline("eng-spa", ECHO);
    place.mode("es-eo", "apertium-nowhere");
    let mut scene = Scene::of(place.setup());
    scene.submit(1, PipelineWork::List);
    assert_eq!(scene.told(), (1, text("eng-spa\nspa-eng")));
}

#[test]
fn a_long_text_goes_through_while_its_answer_comes() {
    let mut scene = Scene::at(place("long"));
    let long = "palabra ".repeat(60_000);
    assert_eq!(scene.say(&["three"], &long), text(&long));
}

#[test]
fn whatever_is_no_answer_ends_the_programs_and_the_next_text_gets_new_ones() {
    let place = place("faults");
    let setup = |why| PipelineSetup {
        // Only who waits for an answer that never comes shall be in a hurry.
        answer_time: if why == JobFailure::TimedOut { Duration::from_millis(200) } else { TOO_LONG },
        start_time: Duration::ZERO,
        ..place.setup()
    };
    for (name, why) in [
        ("mute", JobFailure::TimedOut),
        ("ends", JobFailure::Lost),
        ("endless", JobFailure::TooLarge),
        ("stranger", JobFailure::Lost),
        ("nowhere", JobFailure::Lost),
    ] {
        let mut scene = Scene::of(setup(why));
        for _ in 0..pipeline::ENDS_MAX {
            assert_eq!(scene.say(&[name], "Hola"), Err(why), "{name}");
            assert!(scene.ids(name).is_empty());
        }
        if why != JobFailure::TimedOut {
            assert_eq!(scene.say(&["echo"], "Hola"), text("Hola"), "{name} is no other's business");
        }
    }
}

#[test]
fn bytes_behind_an_answer_are_never_taken_for_the_next() {
    let mut scene = Scene::at(place("behind"));
    for at in 0..20 {
        let words = format!("text {at}");
        // Whether the rest is there with the answer or a moment later, what is said is the answer or nothing.
        let said = scene.say(&["twice"], &words);
        assert!(said == text(&words) || said == Err(JobFailure::Lost), "{said:?}");
    }
}

#[test]
fn a_pipeline_that_ends_too_often_waits_for_the_next_look() {
    let place = place("often");
    let flag = place.path("mended");
    place.pipeline("mended", &format!("[ -e {flag} ] || exit 1; exec cat"));
    let mut scene = Scene::of(place.setup());
    for _ in 0..pipeline::ENDS_MAX {
        assert_eq!(scene.say(&["mended"], "Hola"), Err(JobFailure::Lost));
    }
    place.file("mended", "");
    assert_eq!(scene.say(&["mended"], "Hola"), Err(JobFailure::Lost), "it is not tried any more");
    scene.submit(1, PipelineWork::List);
    assert!(scene.told().1.is_ok());
    assert_eq!(scene.say(&["mended"], "Hola"), text("Hola"));
}

#[test]
fn a_pause_grows_and_a_long_one_is_not_waited_for() {
    let place = place("pause");
    let setup = PipelineSetup { pause: Duration::from_secs(30), ..place.setup() };
    let mut scene = Scene::of(setup);
    assert_eq!(scene.say(&["ends"], "Hola"), Err(JobFailure::Lost));
    let began = now();
    assert_eq!(scene.say(&["ends"], "Hola"), Err(JobFailure::Lost));
    assert!(began.elapsed() < Duration::from_secs(10), "it said so at once");
    let setup = PipelineSetup { pause: Duration::from_millis(100), ..place.setup() };
    let mut scene = Scene::of(setup);
    let began = now();
    for _ in 0..3 {
        assert_eq!(scene.say(&["ends"], "Hola"), Err(JobFailure::Lost));
    }
    assert!(began.elapsed() >= Duration::from_millis(500), "a pause, and one four times as long");
}

#[test]
fn who_cancels_is_told_at_once_and_the_programs_are_gone() {
    let mut scene = Scene::at(place("cancel"));
    scene.ask(1, &["mute"], "Hola");
    scene.ask(2, &["mute"], "waits for the same programs");
    for job in [1, 2] {
        scene.crew.cancel(JobId(job), &mut scene.told);
    }
    let mut told = [scene.told(), scene.told()];
    told.sort_by_key(|it| it.0);
    assert_eq!(told, [(1, Err(JobFailure::Cancelled)), (2, Err(JobFailure::Cancelled))]);
    assert!(scene.ids("mute").is_empty());
    assert_eq!(scene.say(&["echo"], "Hola"), text("Hola"));
    scene.crew.cancel(JobId(1), &mut scene.told);
    assert!(scene.told.is_empty(), "it is over");
}

#[test]
fn one_that_hangs_keeps_only_those_waiting_that_need_it() {
    let mut scene = Scene::at(place("hangs"));
    scene.ask(1, &["echo", "mute"], "hangs");
    scene.ask(2, &["echo"], "waits");
    scene.ask(3, &["other"], "goes on");
    assert_eq!(scene.told(), (3, text("goes on")));
    scene.ask(4, &["other"], "and on");
    assert_eq!(scene.told(), (4, text("and on")));
    scene.crew.cancel(JobId(1), &mut scene.told);
    assert_eq!(scene.told(), (1, Err(JobFailure::Cancelled)));
    assert_eq!(scene.told(), (2, text("waits")));
}

#[test]
fn nobody_is_overtaken_at_a_pipeline() {
    let mut scene = Scene::at(place("order"));
    scene.ask(1, &["mute"], "hangs");
    // The second needs both, so the third, who needs one of them, does not go before.
    scene.ask(2, &["mute", "echo"], "second");
    scene.ask(3, &["echo"], "third");
    scene.ask(4, &["other"], "fourth");
    assert_eq!(scene.told(), (4, text("fourth")));
    for job in [1, 2] {
        scene.crew.cancel(JobId(job), &mut scene.told);
    }
    let mut told = [scene.told(), scene.told(), scene.told()];
    told.sort_by_key(|it| it.0);
    assert_eq!(told[2], (3, text("third")));
}

#[test]
fn a_queue_has_an_end() {
    let mut scene = Scene::at_with(place("queue"), |setup| setup.queued_max = 2);
    scene.ask(1, &["mute"], "runs");
    scene.ask(2, &["mute"], "waits");
    assert!(scene.crew.admit() && !scene.crew.admit());
}

#[test]
fn programs_that_were_killed_are_replaced() {
    let mut scene = Scene::at(place("killed"));
    for victims in [0..1, 1..2, 2..3, 0..3] {
        assert_eq!(scene.say(&["three"], "Hola"), text("Hola"));
        let ids = scene.ids("three");
        for id in &ids[victims] {
            kill_process(pid(*id), Signal::KILL).unwrap();
        }
        // A program in the middle may still pass a text on before the end of its neighbour has come through.
        while scene.say(&["three"], "Hola") != text("Hola") {}
        let said = scene.say(&["three"], "Adiós");
        assert!(said == text("Adiós") || said == Err(JobFailure::Lost), "{said:?}");
        assert_eq!(scene.say(&["three"], "Hola"), text("Hola"));
        assert!(!ids.iter().any(|id| lives(*id)), "{ids:?}");
    }
}

#[test]
fn a_program_that_stands_still_is_ended() {
    let place = place("stopped");
    let mut scene = Scene::of(PipelineSetup {
        answer_time: Duration::from_secs(1),
        start_time: TOO_LONG,
        ..place.setup()
    });
    assert_eq!(scene.say(&["three"], "Hola"), text("Hola"));
    let ids = scene.ids("three");
    kill_process(pid(ids[1]), Signal::STOP).unwrap();
    assert_eq!(scene.say(&["three"], "Hola"), Err(JobFailure::TimedOut));
    assert!(!ids.iter().any(|id| lives(*id)), "{ids:?}");
    assert_eq!(scene.say(&["three"], "Hola"), text("Hola"));
}

#[test]
fn after_so_many_texts_new_programs_take_over() {
    let mut scene = Scene::at_with(place("replaced"), |setup| setup.texts_max = 2);
    let mut ids = Vec::new();
    for _ in 0..4 {
        assert_eq!(scene.say(&["echo"], "Hola"), text("Hola"));
        ids.push(scene.ids("echo"));
    }
    assert!(ids[0] == ids[1] && ids[1] != ids[2] && ids[2] == ids[3], "{ids:?}");
    assert!(!lives(ids[0][0]));
}

#[test]
fn what_is_idle_for_long_ends_and_what_is_used_does_not() {
    let place = place("idle");
    let mut scene = Scene::of(place.setup());
    assert!(scene.crew.rest().is_none(), "nothing runs");
    assert_eq!(scene.say(&["echo"], "Hola"), text("Hola"));
    assert!(scene.crew.rest().unwrap() > Duration::from_secs(500));
    scene.crew.tend();
    let ids = scene.ids("echo");
    assert!(lives(ids[0]));
    let mut scene = Scene::of(PipelineSetup { idle_time: Duration::ZERO, ..place.setup() });
    assert_eq!(scene.say(&["echo"], "Hola"), text("Hola"));
    // It is ended as soon as the answer is taken in.
    scene.turn();
    assert!(scene.ids("echo").is_empty() && scene.crew.rest().is_none());
    assert_eq!(scene.say(&["echo"], "Hola"), text("Hola"));
}

#[test]
fn beyond_its_memory_those_unused_for_longest_end() {
    let place = place("memory");
    let mut scene = Scene::of(place.setup());
    for name in ["echo", "three", "upper"] {
        assert_eq!(scene.say(&[name], "hola").map(|said| said.to_lowercase()), text("hola"));
    }
    let memory: BTreeMap<_, _> =
        scene.crew.idle.iter().map(|(name, it)| (name.clone(), it.memory_bytes())).collect();
    assert!(memory.values().all(|bytes| *bytes > 50_000), "{memory:?}");
    // What others have as well counts only in part, so let there be no others.
    drop(scene);
    let most = memory.values().sum::<usize>() - memory["echo"] / 2;
    let mut scene = Scene::of(PipelineSetup { memory_bytes_max: most, ..place.setup() });
    for name in ["echo", "three", "upper"] {
        assert!(scene.say(&[name], "hola").is_ok());
    }
    while !scene.crew.away.is_empty() {
        scene.turn();
    }
    assert!(scene.ids("echo").is_empty(), "unused for longest");
    assert_eq!((scene.ids("three").len(), scene.ids("upper").len()), (3, 1));
}
