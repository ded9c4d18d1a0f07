//! An S3 server in this process, which checks signatures and keeps its buckets in a folder.

use std::path::PathBuf;

use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The server, which stops when it is dropped.
pub(crate) struct S3Server {
    folder: TempDir,
    address: String,
    task: JoinHandle<()>,
}

impl S3Server {
    /// Starts with two accounts: `alice` with the secret `wonderland`, and `bob` with `builder`.
    pub(crate) async fn start(buckets: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        for bucket in buckets {
            std::fs::create_dir(folder.path().join(bucket)).unwrap();
        }
        let mut auth = SimpleAuth::new();
        auth.register("alice".into(), "wonderland".into());
        auth.register("bob".into(), "builder".into());
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        builder.set_auth(auth);
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let socket = hyper_util::rt::TokioIo::new(socket);
                    // A client that goes away is no failure of the server.
                    drop(
                        hyper::server::conn::http1::Builder::new()
                            .serve_connection(socket, service)
                            .await,
                    );
                });
            }
        });
        Self { folder, address, task }
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The files of a bucket that are objects, by their keys.
    pub(crate) fn objects(&self, bucket: &str) -> Vec<String> {
        let root = self.folder.path().join(bucket);
        let mut folders = vec![root.clone()];
        let mut keys = vec![];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => keys.push(path.strip_prefix(&root).unwrap().display().to_string()),
                }
            }
        }
        keys.sort();
        keys
    }

    /// The file behind an object.
    pub(crate) fn path(&self, bucket: &str, key: &str) -> PathBuf {
        self.folder.path().join(bucket).join(key)
    }

    /// Parts of uploads that were neither completed nor aborted.
    pub(crate) fn open_uploads(&self) -> usize {
        std::fs::read_dir(self.folder.path())
            .unwrap()
            .filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().starts_with(".upload-")
            })
            .count()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
