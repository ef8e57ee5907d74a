//! Entries to objects of an S3-compatible bucket.
//!
//! The files of an entry are written first, its manifest last, and only on the condition that there is none: an entry
//! is there when its manifest is. What an interrupted writer left is never listed.

use std::fmt;
use std::time::Duration;

use rusty_s3::actions::{ListObjectsV2, S3Action};
use rusty_s3::{Bucket, Credentials, UrlStyle};

use super::manifest::MANIFEST;
use super::name::EntryName;
use super::{File, Store};
use crate::error::{Error, ErrorKind, Result};
use crate::publish::ci::Variables;
use crate::publish::http::{Answer, Http, Request};

/// How long a signature holds: as long as a request may take with all of its repetitions.
const SIGNED_FOR: Duration = Duration::from_secs(900);

/// A part of a bucket.
#[derive(Debug, Clone)]
pub struct S3Store {
    http: Http,
    bucket: Bucket,
    credentials: Credentials,
    prefix: String,
}

/// What is done with an object, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    List,
    Read,
    Write,
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "listed",
            Self::Read => "read",
            Self::Write => "written",
            Self::Delete => "deleted",
        })
    }
}

impl S3Store {
    /// The store at `s3://BUCKET/PREFIX`. Credentials, region and endpoint come from `variables`, by the names that the
    /// AWS command line has for them.
    ///
    /// # Errors
    /// When the URL is none of a bucket, or there are no credentials.
    pub fn new(url: &str, variables: &Variables) -> Result<Self> {
        let wrong = |problem: &str| Error::new(ErrorKind::Usage, problem).at(url);
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty()).map(String::as_str);
        let rest = url.strip_prefix("s3://").unwrap_or_default();
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(wrong("names no bucket").help("write s3://BUCKET/PREFIX"));
        }
        let prefix = prefix.trim_matches('/');
        if prefix.split('/').any(|part| matches!(part, "." | "..") || (part.is_empty() && !prefix.is_empty()))
        {
            return Err(wrong("has a prefix that no URL can name"));
        }
        let region =
            get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")).unwrap_or("us-east-1").to_owned();
        let custom = get("AWS_ENDPOINT_URL_S3").or_else(|| get("AWS_ENDPOINT_URL"));
        let endpoint = custom.map_or_else(|| format!("https://s3.{region}.amazonaws.com"), str::to_owned);
        let endpoint = endpoint.parse().map_err(|_| wrong("AWS_ENDPOINT_URL is no URL"))?;
        // A certificate of Amazon's covers no dots, and other servers have mostly one name.
        let style =
            if custom.is_some() || name.contains('.') { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let bucket = Bucket::new(endpoint, style, name.to_owned(), region)
            .map_err(|error| wrong(&format!("the bucket has no URL ({error})")))?;
        let (Some(id), Some(secret)) = (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) else {
            return Err(wrong("there are no credentials").help(
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN if they are temporary",
            ));
        };
        let credentials = match get("AWS_SESSION_TOKEN") {
            Some(token) => Credentials::new_with_token(id, secret, token),
            None => Credentials::new(id, secret),
        };
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { http: Http::new(), bucket, credentials, prefix })
    }

    fn object(&self, entry: &EntryName, file: &str) -> String {
        format!("{}{}/{file}", self.prefix, entry.path())
    }

    fn send(&self, method: &'static str, url: &str, body: Option<&[u8]>) -> Result<Answer> {
        self.http.send(&Request { method, url, headers: Vec::new(), body })
    }

    fn failure(&self, action: Action, object: &str, answer: &Answer) -> Error {
        let kind = if matches!(action, Action::List | Action::Read) {
            ErrorKind::Unreadable
        } else {
            ErrorKind::Output
        };
        let code = element(&answer.body, "Code").unwrap_or_default();
        let problem = format!("the object cannot be {action} (status {} {code})", answer.status);
        Error::new(kind, problem).at(format!("s3://{}/{object}", self.bucket.name())).help(
            match answer.status {
                403 => "check the credentials, and what their policy allows",
                404 => "check the names of the bucket and its endpoint, AWS_ENDPOINT_URL",
                301 | 307 => "the bucket lies in another region: set AWS_REGION",
                _ => "check the server, AWS_ENDPOINT_URL",
            },
        )
    }

    /// The keys of all objects that begin with `prefix`.
    fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut action = self.bucket.list_objects_v2(Some(&self.credentials));
            action.with_prefix(prefix);
            if let Some(token) = &token {
                action.with_continuation_token(token.as_str());
            }
            let answer = self.send("GET", action.sign(SIGNED_FOR).as_str(), None)?;
            if !answer.is_success() {
                return Err(self.failure(Action::List, prefix, &answer));
            }
            let text = String::from_utf8_lossy(&answer.body);
            let page = ListObjectsV2::parse_response(&text).map_err(|error| {
                Error::new(ErrorKind::Unreadable, format!("the list of objects cannot be read ({error})"))
                    .at(format!("s3://{}/{prefix}", self.bucket.name()))
            })?;
            keys.extend(page.contents.into_iter().map(|object| object.key));
            // A server that repeats itself would be asked for ever.
            match page.next_continuation_token {
                Some(next) if token.as_ref() != Some(&next) => token = Some(next),
                _ => return Ok(keys),
            }
        }
    }

    fn write(&self, object: &str, data: &[u8], is_conditional: bool) -> Result<()> {
        let mut action = self.bucket.put_object(Some(&self.credentials), object);
        let mut headers = Vec::new();
        if is_conditional {
            action.headers_mut().insert("if-none-match", "*");
            headers.push(("if-none-match", "*".to_owned()));
        }
        let url = action.sign(SIGNED_FOR);
        let answer =
            self.http.send(&Request { method: "PUT", url: url.as_str(), headers, body: Some(data) })?;
        match answer.status {
            status if (200..300).contains(&status) => Ok(()),
            // The name has the content's digest: what is there already is the same, or reading it says so.
            412 if is_conditional => Ok(()),
            // Another writer of the same is not done yet, or a server knows no conditions.
            400 | 409 | 501 if is_conditional => self.write(object, data, false),
            _ => Err(self.failure(Action::Write, object, &answer)),
        }
    }
}

/// The text of the first element `name` in an XML document.
fn element(body: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(value, _)| value.chars().take(60).collect())
}

impl Store for S3Store {
    fn list(&self, prefix: &str) -> Result<Vec<EntryName>> {
        let keys = self.keys(&format!("{}{prefix}", self.prefix))?;
        let entry = |key: &String| {
            let path = key.strip_prefix(self.prefix.as_str())?.strip_suffix(MANIFEST)?.strip_suffix('/')?;
            EntryName::parse(path)
        };
        Ok(keys.iter().filter_map(entry).collect())
    }

    fn put(&self, name: &EntryName, files: &[File]) -> Result<()> {
        let (manifest, profiles): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.name == MANIFEST);
        for File { name: file, data } in profiles.into_iter().chain(manifest) {
            self.write(&self.object(name, file), data, file == MANIFEST)?;
        }
        Ok(())
    }

    fn get(&self, name: &EntryName) -> Result<Vec<File>> {
        let folder = self.object(name, "");
        let mut files = Vec::new();
        for key in self.keys(&folder)? {
            let Some(file) = key.strip_prefix(&folder).filter(|file| !file.is_empty()) else { continue };
            let action = self.bucket.get_object(Some(&self.credentials), &key);
            let answer = self.send("GET", action.sign(SIGNED_FOR).as_str(), None)?;
            if !answer.is_success() {
                return Err(self.failure(Action::Read, &key, &answer));
            }
            files.push(File { name: file.to_owned(), data: answer.body });
        }
        Ok(files)
    }

    fn remove(&self, names: &[EntryName]) -> Result<()> {
        for name in names {
            let mut keys = self.keys(&self.object(name, ""))?;
            // The manifest goes first, and with it the entry.
            keys.sort_by_key(|key| !key.ends_with(MANIFEST));
            for key in keys {
                let action = self.bucket.delete_object(Some(&self.credentials), &key);
                let answer = self.send("DELETE", action.sign(SIGNED_FOR).as_str(), None)?;
                if !answer.is_success() && answer.status != 404 {
                    return Err(self.failure(Action::Delete, &key, &answer));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(url: &str, more: &[(&str, &str)]) -> Result<S3Store> {
        let mut variables: Variables = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "hidden")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        S3Store::new(url, &variables)
    }

    #[test]
    fn buckets_have_the_urls_of_their_servers() {
        let url = |url, more: &[_]| store(url, more).unwrap().bucket.base_url().to_string();
        assert_eq!(url("s3://b/p", &[("AWS_REGION", "eu-west-1")]), "https://b.s3.eu-west-1.amazonaws.com/");
        assert_eq!(url("s3://b.c", &[]), "https://s3.us-east-1.amazonaws.com/b.c/");
        assert_eq!(
            url("s3://b", &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9000")]),
            "http://127.0.0.1:9000/b/"
        );
    }

    #[test]
    fn what_names_no_bucket_is_refused() {
        for url in ["s3:", "s3://", "s3:///p", "s3://b/../c", "s3://b/a//b", "s3://a b"] {
            assert!(store(url, &[]).is_err(), "{url}");
        }
        let error = S3Store::new("s3://b", &Variables::new()).unwrap_err().to_string();
        assert!(error.contains("AWS_ACCESS_KEY_ID"), "{error}");
    }

    #[test]
    fn secrets_are_not_shown() {
        let store = store("s3://b", &[("AWS_SESSION_TOKEN", "hidden")]).unwrap();
        assert!(!format!("{store:?}").contains("hidden"));
    }
}
