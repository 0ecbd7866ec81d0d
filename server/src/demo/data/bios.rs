//! What doctors say about themselves. In the first person, so that nobody is
//! called what they are not; about how they work, never about what they achieve.
use domain::directory::Specialty::{self, *};

pub const fn openings(specialty: Specialty) -> &'static [&'static str] {
    match specialty {
        Cardiology => &[
            "I look after people with heart and blood pressure troubles, most of whom I have known for years.",
            "Hearts have kept me curious since my first night shift.",
            "My days are split between the heart clinic and the ward.",
        ],
        Dermatology => &[
            "Skin tells a story, and I like to hear all of it.",
            "I see everything from teenage acne to long lists of moles.",
            "I look at skin, hair and nails, slowly and in good light.",
        ],
        Endocrinology => &[
            "I work with people who live with diabetes, thyroid illness and other hormone troubles.",
            "Hormones are small letters with large effects; I help you read them.",
            "Most of my patients bring numbers, and we go through them together.",
        ],
        Gastroenterology => &[
            "Bellies are a private matter, and I try to make talking about them easy.",
            "I look after stomachs, livers and bowels.",
            "Half of my week is talking, the other half is looking with a camera.",
        ],
        GeneralPractice => &[
            "I am a family doctor: whatever it is, start here.",
            "I look after whole families, from first vaccinations to ninetieth birthdays.",
            "People come to me with one question and often leave having asked three.",
        ],
        Geriatrics => &[
            "I work with people in later life, and with those who care for them.",
            "Growing old is not an illness, and I do not treat it as one.",
            "I like long stories and long lists of tablets, which I try to shorten.",
        ],
        Gynaecology => &[
            "I look after women's health at every age, and through pregnancy.",
            "I have spent most of my working life between the clinic and the delivery room.",
            "No question is too small or too awkward in my room.",
        ],
        Haematology => &[
            "I look after people with illnesses of the blood.",
            "A drop under the microscope is still my favourite part of the day.",
            "Blood counts are a language; I am happy to translate.",
        ],
        Nephrology => &[
            "Kidneys work quietly, and I look after them when they do not.",
            "I see people with early kidney trouble, on dialysis and after a transplant.",
            "Much of my work is planning well ahead, together.",
        ],
        Neurology => &[
            "I see people with headaches, tremors, numbness and spells nobody could explain.",
            "The examination in neurology is half conversation, half small experiments.",
            "Brains and nerves have fascinated me since school.",
        ],
        Oncology => &[
            "I look after people with cancer, and the people around them.",
            "I try to make hard conversations clear and kind.",
            "My clinic is small so that nobody is a number.",
        ],
        Ophthalmology => &[
            "I look after eyes, from first glasses to old cataracts.",
            "Eyes are small, exact and beautiful; I never tire of them.",
            "I see children, drivers, painters and everyone else who needs their eyes.",
        ],
        Orthopaedics => &[
            "I look after bones and joints, with and without an operation.",
            "I see knees, hips and shoulders that work hard or fell badly.",
            "Sport injuries and stiff mornings are my daily bread.",
        ],
        Otolaryngology => &[
            "I look after ears, noses and throats, and the voices that come out of them.",
            "From babies with earache to singers with hoarse throats, I see them all.",
            "Hearing well is being part of things; I take it seriously.",
        ],
        Paediatrics => &[
            "I look after children from their first week to their eighteenth birthday.",
            "I speak to the child first, and then to the parents.",
            "There are stickers in my drawer and time in my calendar.",
        ],
        Physiotherapy => &[
            "I help people move again, a little more each week.",
            "Backs, knees and shoulders are my craft.",
            "You do most of the work; I show you how, and cheer.",
        ],
        Psychiatry => &[
            "I listen first. Everything else comes after.",
            "I see people who are worried, low, sleepless or worn out.",
            "I offer calm, unhurried talks, and medicine where you want it to be part of the plan.",
        ],
        Pulmonology => &[
            "I look after lungs and everything that makes breathing hard.",
            "Asthma, coughs and short breath fill most of my week.",
            "I like to see you breathe, walk and talk before I read a single report.",
        ],
        Rheumatology => &[
            "I see people with sore, stiff and swollen joints.",
            "Rheumatology is detective work, and I enjoy it.",
            "Most of my patients stay for years, so we get to know each other.",
        ],
        Urology => &[
            "I look after bladders, kidneys and prostates, and I keep it matter-of-fact.",
            "Many people put off seeing me; nobody needs to be embarrassed here.",
            "I see women and men of all ages with bladder and kidney troubles.",
        ],
    }
}

pub const APPROACHES: &[&str] = &[
    "I explain what I think and why, and I write it down for you.",
    "I like to understand your week before I look at your results.",
    "Please bring your list of medicines, and your questions on a piece of paper.",
    "We decide together, at your pace.",
    "I draw a lot; ask to keep the sketch.",
    "If I do not know something I say so, and I find out.",
    "You are welcome to bring somebody along.",
    "I would rather see you once too often than once too late.",
    "I take notes while we talk, and you can read them afterwards.",
    "I keep my explanations short and my answers honest.",
    "There is always time for one more question at the end.",
    "I try to run on time, and I tell you when I do not.",
    "Small steps that fit your life are better than big plans that do not.",
    "I read what you wrote before we meet, so you need not tell everything twice.",
    "I prefer plain words to Latin ones.",
    "If another colleague is the better one for you, I will tell you.",
    "You will always leave knowing what happens next.",
    "I am glad to give, and to hear, a second opinion.",
];

pub const PERSONAL: &[&str] = &[
    "Outside the clinic I grow tomatoes, with mixed success.",
    "On Sundays I sing in a choir, in the back row.",
    "I cycle to work in nearly any weather.",
    "I have two children and one very old cat.",
    "I learned to listen from my grandmother, who was a midwife.",
    "In the evenings I repair old radios.",
    "I read detective stories and always guess wrong.",
    "I play the cello badly and with great pleasure.",
    "When I am not here I am probably swimming.",
    "I bake bread at weekends and bring the good ones to the clinic.",
    "I grew up in a small town where the doctor knew everyone, and I liked that.",
    "I teach students on Thursdays, so one may sit in if you agree.",
    "I coach a girls' football team.",
    "I collect maps, and get lost anyway.",
    "I walk the same hill every morning and it is never the same.",
    "I volunteer at a community kitchen once a month.",
    "My dog is better at waiting than I am.",
    "I paint small watercolours of large trees.",
    "I am learning to sign, slowly, and like to practise.",
    "I make my own tea blend; please do not ask what is in it.",
    "Chess by post is my idea of adventure.",
    "I moved here for a year and stayed for the people.",
    "I keep bees on the roof.",
    "I dance on Fridays.",
];

pub const BY_VIDEO: &[&str] = &[
    "Video works well for follow-ups and for talking results over.",
    "By video I see more of your day than in my room, and I find that useful.",
    "For a first talk, video is often enough.",
    "I hold video visits from a quiet room, and I look at you, not at a second screen.",
    "If the picture fails we go on by phone; nobody has to start again.",
    "A video visit saves you the bus; if I need to examine you, I will say so.",
];

pub const IN_PERSON: &[&str] = &[
    "I prefer to meet in person, since hands see things that cameras do not.",
    "My room has a window, step-free access and two comfortable chairs.",
    "Come a few minutes early and have a glass of water.",
    "I work with my hands, so I like to see people in the room.",
    "There is room for a wheelchair, a pram and a nervous partner.",
];

pub const BY_PHONE: &[&str] = &[
    "A phone call is fine for short questions.",
    "If video is a bother, ring me; many of my patients do.",
    "For results a short call is usually all it takes.",
    "I ring on time, from a number that you can ring back.",
];
