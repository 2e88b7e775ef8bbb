// What the test server does inside a sandbox ("waiter-child STEP…"): a small signed client, so that tests need nothing else in there.
#pragma once

namespace fogbank::waiter {

/// Steps: ping:TEXT, dev (a call with development credentials), admin (GET /_fogbank/status), sleep:MS, print:TEXT, hoard:MB, fork:N, exit:CODE.
/// Each prints a line. The exit status.
int child_main(int argc, char** argv);

}  // namespace fogbank::waiter
