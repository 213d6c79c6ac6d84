//! CSV with a header: a column for the target, or host and port; the other columns are labels.

use super::found::{Found, labels};

/// Columns beyond these are no table of targets.
const MOST_COLUMNS: usize = 256;
const TARGET: [&str; 4] = ["target", "url", "endpoint", "address"];
const HOST: [&str; 6] = ["host", "hostname", "name", "fqdn", "domain", "ip"];
const PORT: [&str; 1] = ["port"];

/// Reads a table; `,` `;` or tab separates, as the header does.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter(bytes)).flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| fault(&error))?.clone();
    if header.len() > MOST_COLUMNS {
        return Err(format!("{} columns are more than {MOST_COLUMNS}", header.len()));
    }
    let column = |names: &[&str]| {
        let is_one = |title: &str| names.contains(&&*title.trim_start_matches('\u{feff}').to_ascii_lowercase());
        header.iter().position(is_one)
    };
    let (target, host, port) = (column(&TARGET), column(&HOST), column(&PORT));
    let Some(place) = target.or(host) else {
        return Err(format!("its header has no column for the target: {} or {}", TARGET.join(", "), HOST.join(", ")));
    };
    let port = port.filter(|_| target.is_none());
    let mut found = Found::default();
    for record in reader.records() {
        if found.is_full() {
            break;
        }
        let record = record.map_err(|error| fault(&error))?;
        // After a header that ends in CR LF the first record begins at the LF.
        let line = record.position().map_or(0, |at| {
            let at_end_of_line = usize::try_from(at.byte()).is_ok_and(|at| bytes.get(at) == Some(&b'\n'));
            at.line() + u64::from(at_end_of_line)
        });
        let at = format!("{name}:{line}");
        let Some(host) = record.get(place).filter(|host| !host.is_empty()) else { continue };
        let notation = match port.and_then(|column| record.get(column)).filter(|port| !port.is_empty()) {
            Some(port) if host.contains("://") => format!("{}:{port}", host.trim_end_matches('/')),
            Some(port) if host.contains(':') && !host.starts_with('[') => format!("[{host}]:{port}"),
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let cells = header.iter().zip(&record).enumerate();
        let rest = cells.filter(|(index, _)| *index != place && Some(*index) != port).map(|(_, cell)| cell);
        found.target(&at, &notation, |sighting| {
            sighting.labels = labels(rest.filter(|(title, _)| *title != "labels"));
            if let Some(column) = column(&["labels"]) {
                sighting.labels.extend(pairs(record.get(column).unwrap_or_default()));
            }
        });
    }
    Ok(found)
}

/// `env=prod team=web`, in one cell.
fn pairs(cell: &str) -> impl Iterator<Item = (std::sync::Arc<str>, std::sync::Arc<str>)> {
    let words = cell.split([' ', ',', ';']);
    let pairs = words.filter_map(|word| word.split_once(['=', ':']));
    labels(pairs).iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>().into_iter()
}

/// Whether the first line is such a header.
pub(super) fn is_table(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(first) = std::str::from_utf8(first) else { return false };
    let delimiter = char::from(delimiter(first.as_bytes()));
    let titles = first
        .trim_start_matches('\u{feff}')
        .split(delimiter)
        .map(|title| title.trim().trim_matches('"').to_ascii_lowercase());
    first.contains(delimiter) && titles.into_iter().any(|title| TARGET.contains(&&*title) || HOST.contains(&&*title))
}

fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|mark| first.contains(mark)).unwrap_or(b',')
}

fn fault(error: &csv::Error) -> String {
    format!("not readable as CSV: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(found: &Found) -> Vec<String> {
        let line = |sighting: &super::super::found::Sighting| {
            let labels: Vec<String> = sighting.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {} {}", sighting.place, sighting.spec, labels.join(","))
        };
        found.sightings.iter().map(line).collect()
    }

    #[test]
    fn columns_become_targets_and_labels() {
        let text = "host,port,env,labels\nshop.example,8443,prod,team=web tier=1\n\"a.example\",,test,\n2001:db8::1,443,,\n,1,x,\nbad host,1,,\n";
        assert!(is_table(text.as_bytes()));
        let found = read("t.csv", text.as_bytes()).unwrap();
        assert_eq!(
            told(&found),
            [
                "t.csv:2 shop.example:8443 env=prod,team=web,tier=1",
                "t.csv:3 a.example:443 env=test",
                "t.csv:4 [2001:db8::1]:443 "
            ]
        );
        assert_eq!(found.notices[0].place.as_str(), "t.csv:6");
        let semicolons = read("t", b"Env;Target\r\nprod;imaps://mx.example\r\n").unwrap();
        assert_eq!(told(&semicolons), ["t:2 mx.example:993 Env=prod"]);
    }

    #[test]
    fn a_table_of_something_else_is_a_fault() {
        assert!(!is_table(b"a,b\n1,2"));
        assert!(read("t", b"a,b\n1,2\n").unwrap_err().contains("no column for the target"));
        assert!(read("t", "x,".repeat(300).as_bytes()).unwrap_err().contains("more than 256"));
        assert!(read("t", b"host\n\xff\xfe\n").unwrap_err().contains("CSV"));
    }
}
