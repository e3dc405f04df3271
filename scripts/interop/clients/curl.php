<?php
[, $url, $way] = $argv;
$arguments = [];
for ($at = 3; $at < $argc; $at += 2) $arguments[$argv[$at]] = $argv[$at + 1];

$curl = curl_init($url);
curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
curl_setopt($curl, CURLOPT_CAINFO, getenv('INTEROP_CA'));
if ($way === 'get') {
    curl_setopt($curl, CURLOPT_URL, $url . '?' . http_build_query($arguments));
} else {
    curl_setopt($curl, CURLOPT_POST, true);
    // An array is sent as multipart/form-data; a string as application/x-www-form-urlencoded.
    curl_setopt($curl, CURLOPT_POSTFIELDS, $way === 'array' ? $arguments : http_build_query($arguments));
}
$body = curl_exec($curl);
if ($body === false) {
    fwrite(STDERR, curl_error($curl) . "\n");
    exit(1);
}
echo curl_getinfo($curl, CURLINFO_RESPONSE_CODE), "\n";

if ($way === 'split') {
    // parse_str() stops at max_input_vars (1,000); this does not.
    $parameters = [];
    foreach (explode('&', $body) as $piece) {
        [$name, $value] = explode('=', $piece, 2);
        $parameters[urldecode($name)] = urldecode($value);
    }
} else {
    parse_str($body, $parameters);
}
foreach ($parameters as $name => $value) echo $name, "\t", $value, "\n";
echo "\n", $body;
