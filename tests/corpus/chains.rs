//! Chains that lead nowhere, or by ways that clients do not go.

use rcgen::{BasicConstraints, CertificateParams, CustomExtension, GeneralSubtree, IsCa, NameConstraints};
use tlscope::probe::Settings;

use crate::bench::{Bench, prober, prober_with};
use crate::papers::{Authority, DAY, Leaf, dns, now};
use crate::record::Record;

pub(crate) async fn record() -> Vec<Record> {
    let root = Authority::root("Bench Root");
    let mut bench = Bench::new(prober(&root.pem));
    constraints(&mut bench, &root).await;
    dates(&mut bench, &root).await;
    contents(&mut bench, &root).await;
    private(&mut bench, &root).await;
    bench.records
}

async fn constraints(bench: &mut Bench, root: &Authority) {
    for (name, permitted) in [
        ("an intermediate that may not issue for the name", "corp.example"),
        ("an intermediate that may issue for the name (near miss of chain.name_constraint)", "shop.example"),
    ] {
        let permitted_subtrees = vec![GeneralSubtree::DnsName(permitted.to_owned())];
        let constraints = NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() };
        let issuer = root.below("Bench Constrained", |params| params.name_constraints = Some(constraints));
        bench.serve(name, &issuer.leaf(|_| ())).await;
    }
    let not_a_ca = root.below("Bench Leaf", |params| params.is_ca = IsCa::ExplicitNoCa);
    bench.serve("an issuer that is no authority", &not_a_ca.leaf(|_| ())).await;
    let authority = root.below("Bench Authority", |_| ());
    let name = "an issuer that is an authority (near miss of chain.not_a_ca, chain.missing_intermediate)";
    bench.serve(name, &authority.leaf(|_| ())).await;
    for (name, length) in [
        ("two authorities below one that may have none", 0),
        ("two authorities below one that may have one (near miss of chain.path_length)", 1),
    ] {
        let upper = root.below("Bench Upper", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(length)));
        let lower = upper.below("Bench Lower", |_| ());
        bench.serve(name, &with(lower.leaf(|_| ()), &upper)).await;
    }
    for (name, is_ca) in [
        ("an authority's certificate as a server's", IsCa::Ca(BasicConstraints::Unconstrained)),
        ("a server's certificate that says it is no authority's (near miss of cert.ca_as_leaf)", IsCa::ExplicitNoCa),
    ] {
        bench.serve(name, &root.leaf(|params| params.is_ca = is_ca)).await;
    }
    for (name, is_critical) in [
        ("an unknown extension that is critical (near miss of hs.key_not_proved, cert.name_mismatch)", true),
        ("an unknown extension that is not critical (near miss of chain.rejected)", false),
    ] {
        let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
        extension.set_criticality(is_critical);
        bench.serve(name, &root.leaf(|params| params.custom_extensions = vec![extension])).await;
    }
}

fn with(mut leaf: Leaf, upper: &Authority) -> Leaf {
    leaf.chain.push(upper.der.clone());
    leaf
}

async fn dates(bench: &mut Bench, root: &Authority) {
    for (name, days) in [
        ("an intermediate that ends in three days", 3),
        (
            "an intermediate that ends in a year (near miss of chain.intermediate_expiring, chain.intermediate_expired)",
            365,
        ),
    ] {
        let ending = |params: &mut CertificateParams| params.not_after = now() + DAY * days;
        let issuer = root.below("Bench Ending", ending);
        bench.serve(name, &issuer.leaf(|params| params.not_after = now() + DAY * 2)).await;
    }
}

/// What else is sent.
async fn contents(bench: &mut Bench, root: &Authority) {
    let issuer = root.below("Bench Issuing", |_| ());
    let upper = root.below("Bench Upper", |_| ());
    let leaf = issuer.leaf(|_| ());
    let name = "a chain of what is needed (near miss of chain.root_included, chain.duplicate, chain.unrelated, \
        chain.wrong_order, chain.untrusted_root, chain.wrong_intermediate)";
    bench.serve(name, &leaf).await;
    let cases = [
        ("a chain with an authority of another branch", with(leaf.clone(), &upper)),
        ("a chain with the root", with(leaf.clone(), root)),
        ("a chain with the intermediate twice", with(leaf.clone(), &issuer)),
    ];
    for (name, leaf) in cases {
        bench.serve(name, &leaf).await;
    }
    let twelve = (0..9).fold(leaf, |leaf, number| with(leaf, &root.below(&format!("Bench {number}"), |_| ())));
    bench.serve("a chain of eleven certificates", &twelve).await;
    let ten = Leaf { chain: twelve.chain[..10].to_vec(), ..twelve };
    bench.serve("a chain of ten certificates (near miss of chain.too_long)", &ten).await;
}

async fn private(bench: &mut Bench, root: &Authority) {
    let leaf = root.leaf(|params| params.subject_alt_names.push(dns("www.shop.example")));
    let stores = [("mozilla", ""), ("bench", root.pem.as_str())];
    let mut asked = Bench::new(prober_with(&stores, &Settings::default()));
    asked.serve("a private authority beside public ones", &leaf).await;
    bench.records.append(&mut asked.records);
    bench.serve("a private authority alone (near miss of chain.private_ca)", &leaf).await;
}
