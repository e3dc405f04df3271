<?php
/* Status requests from the peers' order database, with PDO on a persistent connection. A process remembers nothing
   from request to request, so the password is checked each time, against a hash as cheap as a fingerprint. */

declare(strict_types=1);

const CHECKS = ['csrStatus', 'dcvStatus', 'ovCallBackStatus', 'organizationValidationStatus', 'freeDVUPStatus',
    'evClickThroughStatus', 'caaStatus'];

function respond(string $body): never
{
    header('Content-Type: application/x-www-form-urlencoded');
    header('Cache-Control: no-store');
    header('Content-Length: ' . strlen($body));
    echo $body;
    exit;
}

$database = new PDO('sqlite:' . $_SERVER['ORDER_DATABASE'], options: [
    PDO::ATTR_PERSISTENT => true,
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
    PDO::SQLITE_ATTR_OPEN_FLAGS => PDO::SQLITE_OPEN_READONLY,
]);
$statement = $database->prepare(<<<'SQL'
    SELECT a.salt, a.passwordHash, a.disabled, o.orderDateTime, o.orderStatus, c.*
    FROM account a
    LEFT JOIN "order" o ON o.orderNumber = ? AND o.accountID = a.accountID
    LEFT JOIN certificate c ON c.orderNumber = o.orderNumber
    WHERE a.loginName = ?
    ORDER BY c.position
    SQL);
$statement->execute([(int) ($_POST['orderNumber'] ?? 0), $_POST['loginName'] ?? '']);
$rows = $statement->fetchAll(PDO::FETCH_ASSOC);
$statement->closeCursor();

$account = $rows[0] ?? null;
$digest = hash('sha256', ($account['salt'] ?? '') . ($_POST['loginPassword'] ?? ''));
if ($account === null || $account['disabled'] || !hash_equals($account['passwordHash'], $digest)
    || $account['orderStatus'] === null) {
    respond('errorCode=-16');
}
$fields = [
    'errorCode' => 0,
    '1_orderNumber' => $account['orderNumber'],
    '1_orderDateTime' => gmdate('Y-m-d H:i', $account['orderDateTime']),
    '1_orderStatus' => $account['orderStatus'],
];
foreach ($rows as $at => $row) {
    $prefix = '1_' . ($at + 1) . '_';
    foreach (['objectType', 'FQDN', 'certificateStatus', ...CHECKS] as $name) {
        $fields[$prefix . $name] = $row[$name];
    }
}
respond(http_build_query($fields));
