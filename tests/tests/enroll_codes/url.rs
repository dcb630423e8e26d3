//! An image by URL.

use facegate_tests::raw::{Reply, serve_files};
use facegate_tests::{TestServer, images};
use serde_json::json;

use crate::{MAX_IMAGE, server, small};

#[tokio::test]
async fn an_image_by_url() {
    let photo = small();
    let (large, largest) = (images::grown_to(small(), MAX_IMAGE + 1), images::grown_to(small(), MAX_IMAGE));
    let files = serve_files(move |path| match path.split('?').next().unwrap_or_default() {
        "/photo.jpg" | "/photo" | "/photo.JPEG" | "/photo.png" => Reply::File(photo.clone()),
        "/moved.jpg" => Reply::Redirect("/photo.jpg".into()),
        "/inside.jpg" => Reply::Redirect("http://10.0.0.1/photo.jpg".into()),
        "/loop.jpg" => Reply::Redirect("/loop.jpg".into()),
        "/large.jpg" => Reply::File(large.clone()),
        "/largest.jpg" => Reply::File(largest.clone()),
        "/text.jpg" => Reply::File(b"no photo".to_vec()),
        "/empty.jpg" => Reply::File(Vec::new()),
        "/never.jpg" => Reply::Never,
        "/error.jpg" => Reply::Status(500),
        "/photo.gif" => Reply::File(photo.clone()),
        _ => Reply::Status(404),
    });
    let app = server().live();
    for path in
        ["/photo.jpg", "/photo", "/photo.JPEG", "/photo.png", "/photo.jpg?size=1&x=.gif", "/moved.jpg", "/largest.jpg"]
    {
        println!("{path}");
        app.enroll(&json!({"image": format!("{files}{path}")})).await.expect_enrolled();
    }
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/a.jpg", listener.local_addr().unwrap())
    };
    for (url, code) in [
        (format!("{files}/never.jpg"), "INVALID_PAYLOAD_IMAGE_TIMEOUT"),
        (format!("{files}/large.jpg"), "INVALID_PAYLOAD_IMAGE_SIZE"),
        (format!("{files}/text.jpg"), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (format!("{files}/empty.jpg"), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (format!("{files}/error.jpg"), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (format!("{files}/missing.jpg"), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (format!("{files}/photo.gif"), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (format!("{files}/loop.jpg"), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (format!("{files}/inside.jpg"), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        (closed, "INVALID_PAYLOAD_IMAGE_FORMAT"),
        ("http://10.0.0.1/a.jpg".into(), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        ("http://169.254.169.254/a.jpg".into(), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        ("http://[::1]/a.jpg".into(), "INVALID_PAYLOAD_IMAGE_FORMAT"),
        ("http://".into(), "INVALID_PAYLOAD_IMAGE_FORMAT"),
    ] {
        println!("{url}");
        app.enroll(&json!({ "image": url })).await.expect(400, code);
    }
}

#[tokio::test]
async fn the_loopback_address_is_out_of_reach_unless_allowed() {
    let photo = small();
    let files = serve_files(move |_| Reply::File(photo.clone()));
    let server = TestServer::start();
    let answer = server.live().enroll(&json!({"image": format!("{files}/photo.jpg")})).await;
    answer.expect(400, "INVALID_PAYLOAD_IMAGE_FORMAT");
}
