#pragma once

#include "api/http_client.h"

namespace hvac::app {

/// Who the commands that ask a running server are, by the environment: HVAC_TWIN_KEY is the API
/// key, HVAC_TWIN_CA a PEM file of whom to trust, such as the server's own certificate.
api::HttpIdentity http_identity();

}  // namespace hvac::app
