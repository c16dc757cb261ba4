pipeline {
    agent { docker { image 'python:3.13' } }
    stages {
        stage('MLOps maturity') {
            steps {
                sh '''
                    python3 -I -m venv "$WORKSPACE_TMP/mlops-scan"
                    "$WORKSPACE_TMP/mlops-scan/bin/pip" install --quiet "git+https://github.com/mlops-scan/mlops-scan@v@version@"
                    "$WORKSPACE_TMP/mlops-scan/bin/mlops-scan" scan --format text --format junit=mlops-scan.xml .
                '''
            }
            post { always { junit 'mlops-scan.xml' } }
        }
    }
}
